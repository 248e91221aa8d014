package models

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/tink-crypto/tink-go/v2/aead"
	"github.com/tink-crypto/tink-go/v2/insecurecleartextkeyset"
	"github.com/tink-crypto/tink-go/v2/keyset"
)

// LoadKey reads a key file. Problems: "key.missing" (also ErrNotFound),
// "key.unreadable", "key.malformed"; each names the path.
func LoadKey(path string) (Sealer, error) {
	text, err := os.ReadFile(path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return Sealer{}, &Problem{Kind: ErrNotFound, Message: Say("key.missing", "path", path)}
	case err != nil:
		return Sealer{}, errors.Join(conflict("", "key.unreadable", "path", path), err)
	}
	handle, err := insecurecleartextkeyset.Read(keyset.NewJSONReader(bytes.NewReader(text)))
	if err != nil {
		// The reader's own error may quote the file.
		return Sealer{}, conflict("", "key.malformed", "path", path)
	}
	s, err := sealerOf(handle)
	if err != nil {
		return Sealer{}, conflict("", "key.malformed", "path", path)
	}
	return s, nil
}

// CreateKey makes a new key in a file that only its owner can read, and never
// overwrites one: if another process was quicker, its key is loaded.
func CreateKey(path string) (Sealer, error) {
	return newKey(path, func(temporary string) error {
		err := os.Link(temporary, path) // unlike a rename it fails where a file stands
		if err != nil && !errors.Is(err, fs.ErrExist) {
			err = copyExclusive(temporary, path) // a file system without hard links
		}
		if errors.Is(err, fs.ErrExist) {
			return nil
		}
		return err
	})
}

// ReplaceKey makes a new key in place of the one that may be there. Call it
// after ResetSecrets only: what the old key sealed cannot be opened any more.
func ReplaceKey(path string) (Sealer, error) {
	return newKey(path, func(temporary string) error { return os.Rename(temporary, path) })
}

// newKey writes a new key to a temporary file beside path, lets place bring it
// to path in one step, and loads what then stands there.
func newKey(path string, place func(temporary string) error) (Sealer, error) {
	text, err := newKeyset()
	if err != nil {
		return Sealer{}, err
	}
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return Sealer{}, fmt.Errorf("create the folder of the key file: %w", err)
	}
	temporary, err := writeOwnerOnly(filepath.Dir(path), text)
	if err != nil {
		return Sealer{}, fmt.Errorf("write the key file: %w", err)
	}
	defer os.Remove(temporary)
	if err := place(temporary); err != nil {
		return Sealer{}, fmt.Errorf("write the key file: %w", err)
	}
	return LoadKey(path)
}

// newKeyset is a keyset of one AES-256-GCM key as JSON. A later release can add
// keys to the file and retire this one; what it sealed names the key's number.
func newKeyset() ([]byte, error) {
	handle, err := keyset.NewHandle(aead.AES256GCMKeyTemplate())
	if err != nil {
		return nil, fmt.Errorf("make a key: %w", err)
	}
	var text bytes.Buffer
	if err := insecurecleartextkeyset.Write(handle, keyset.NewJSONWriter(&text)); err != nil {
		return nil, fmt.Errorf("make a key: %w", err)
	}
	return text.Bytes(), nil
}

func sealerOf(handle *keyset.Handle) (Sealer, error) {
	primitive, err := aead.New(handle)
	if err != nil {
		return Sealer{}, err
	}
	return Sealer{aead: primitive}, nil
}

// writeOwnerOnly writes text to a new file in dir and gives its name. The rights
// are narrowed while the file is still empty.
func writeOwnerOnly(dir string, text []byte) (string, error) {
	f, err := os.CreateTemp(dir, ".agcrm-key-*") // mode 0600
	if err != nil {
		return "", err
	}
	err = ownerOnly(f.Name())
	if err == nil {
		_, err = f.Write(text)
	}
	if err == nil {
		err = f.Sync()
	}
	if err = errors.Join(err, f.Close()); err != nil {
		os.Remove(f.Name())
		return "", err
	}
	return f.Name(), nil
}

// copyExclusive copies a small file to a path at which nothing stands.
func copyExclusive(from, to string) error {
	text, err := os.ReadFile(from)
	if err != nil {
		return err
	}
	f, err := os.OpenFile(to, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return err
	}
	err = ownerOnly(to)
	if err == nil {
		_, err = f.Write(text)
	}
	if err = errors.Join(err, f.Close()); err != nil {
		os.Remove(to)
	}
	return err
}
