// Package assets holds the bytes that pages are made of besides their
// structure: one stylesheet, one small script, icons, and the catalogues of
// every sentence that people read, in Japanese, English and French.
//
// It promises that a text exists for each known key in each language, and that
// an address made by URL changes whenever the file's content does, so browsers
// may keep what they fetched for ever. It knows nothing of the other packages.
package assets

import (
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"io/fs"
	"net/http"
	"strings"
	"sync"
)

// Prefix is the path below which Handler must be mounted.
const Prefix = "/agcrm_google/assets/"

//go:embed style.css app.js progress.js icons locales
var files embed.FS

// versions maps each file's name to a short digest of its content.
var versions = sync.OnceValue(func() map[string]string {
	digests := make(map[string]string)
	// Walking an embedded tree cannot fail: it was read when the program was built.
	_ = fs.WalkDir(files, ".", func(name string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		content, err := files.ReadFile(name)
		sum := sha256.Sum256(content)
		digests[name] = hex.EncodeToString(sum[:6])
		return err
	})
	return digests
})

// URL is the address of a file, such as "style.css" or "icons/icon.svg", with
// a version that follows its content.
func URL(name string) string {
	return Prefix + name + "?v=" + versions()[name]
}

// Handler serves the stylesheet, the script and the icons below Prefix. The
// address that URL makes may be kept for a year, any other for five minutes.
func Handler() http.Handler {
	server := http.StripPrefix(Prefix, http.FileServerFS(files))
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		name := strings.TrimPrefix(r.URL.Path, Prefix)
		version, known := versions()[name]
		if !known || strings.HasPrefix(name, "locales/") {
			http.NotFound(w, r)
			return
		}
		age := "public, max-age=300"
		if r.URL.Query().Get("v") == version {
			age = "public, max-age=31536000, immutable"
		}
		w.Header().Set("Cache-Control", age)
		server.ServeHTTP(w, r)
	})
}
