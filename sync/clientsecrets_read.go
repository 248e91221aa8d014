package calsync

import (
	"bytes"
	"encoding/json"
	"errors"
	"strings"
	"unicode/utf8"

	"golang.org/x/text/encoding/unicode"

	"agcrm-google/models"
)

// maxClientSecrets is the largest file that is looked at, in bytes. Google's own
// are below one kilobyte; a page or a program picked by mistake is not.
const maxClientSecrets = 64 << 10

// refused is a Problem of the uploaded file.
func refused(key string, pairs ...string) *models.Problem {
	return models.Invalid("client_secrets", key, pairs...)
}

// object is a JSON object whose keys are matched exactly. Decoding into a struct
// would match them without regard to case and accept what Google never writes.
type object map[string]json.RawMessage

// readClientSecrets reads the file for what it is, purely. It tells the mistakes
// that administrators make from each other: the console offers several kinds of
// JSON file, and an editor on Windows may have saved the right one as UTF-16.
func readClientSecrets(data []byte) (ClientSecrets, *models.Problem) {
	if len(data) > maxClientSecrets {
		return ClientSecrets{}, refused("secrets.too_large")
	}
	text, err := plainJSON(data)
	if err != nil {
		return ClientSecrets{}, refused("secrets.not_json")
	}
	var file object
	if json.Unmarshal(text, &file) != nil {
		// Valid JSON of another kind than an object, or no JSON at all.
		if json.Valid(text) {
			return ClientSecrets{}, refused("secrets.not_client")
		}
		return ClientSecrets{}, refused("secrets.not_json")
	}
	if web, ok := file["web"]; ok {
		return readWebClient(web)
	}
	var kind string
	if json.Unmarshal(file["type"], &kind); kind == "service_account" || file["private_key"] != nil {
		return ClientSecrets{}, refused("secrets.service_account")
	}
	if file["installed"] != nil {
		return ClientSecrets{}, refused("secrets.desktop")
	}
	return ClientSecrets{}, refused("secrets.not_client")
}

// readWebClient reads the object under the key "web".
func readWebClient(text json.RawMessage) (cs ClientSecrets, problem *models.Problem) {
	var web object
	if json.Unmarshal(text, &web) != nil || web == nil {
		return ClientSecrets{}, refused("secrets.malformed", "name", "web")
	}
	for name, into := range map[string]*string{
		"client_id": &cs.ClientID, "client_secret": &cs.ClientSecret, "project_id": &cs.ProjectID,
		"auth_uri": &cs.AuthURI, "token_uri": &cs.TokenURI,
	} {
		if raw, ok := web[name]; ok && json.Unmarshal(raw, into) != nil {
			return ClientSecrets{}, refused("secrets.malformed", "name", name)
		}
		*into = strings.TrimSpace(*into)
	}
	if raw, ok := web["redirect_uris"]; ok && json.Unmarshal(raw, &cs.RedirectURIs) != nil {
		return ClientSecrets{}, refused("secrets.malformed", "name", "redirect_uris")
	}
	switch {
	case cs.ClientID == "":
		return ClientSecrets{}, refused("secrets.no_id")
	case cs.ClientSecret == "":
		return ClientSecrets{}, refused("secrets.no_secret")
	case !oneWord(cs.ClientID):
		return ClientSecrets{}, refused("secrets.malformed", "name", "client_id")
	case !oneWord(cs.ClientSecret):
		return ClientSecrets{}, refused("secrets.malformed", "name", "client_secret")
	case !oneWord(cs.ProjectID):
		return ClientSecrets{}, refused("secrets.malformed", "name", "project_id")
	}
	return cs, nil
}

// errNotText is a file that no editor would have written as text.
var errNotText = errors.New("not text in UTF-8 or UTF-16")

// plainJSON makes UTF-8 without a byte order mark of what Windows editors write:
// UTF-8 or UTF-16 of either order, with or without a mark.
func plainJSON(data []byte) ([]byte, error) {
	order, wide := unicode.BigEndian, true
	switch {
	case bytes.HasPrefix(data, []byte{0xFE, 0xFF}), bytes.HasPrefix(data, []byte{0, '{'}):
	case bytes.HasPrefix(data, []byte{0xFF, 0xFE}), bytes.HasPrefix(data, []byte{'{', 0}):
		order = unicode.LittleEndian
	default:
		wide = false
	}
	if wide {
		text, err := unicode.UTF16(order, unicode.UseBOM).NewDecoder().Bytes(data)
		if err != nil || len(data)%2 != 0 {
			return nil, errNotText
		}
		return text, nil
	}
	if !utf8.Valid(data) {
		return nil, errNotText
	}
	return bytes.TrimPrefix(data, []byte("\ufeff")), nil
}
