package assets_test

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"agcrm-google/assets"
)

func get(t *testing.T, url string) *http.Response {
	t.Helper()
	w := httptest.NewRecorder()
	assets.Handler().ServeHTTP(w, httptest.NewRequest(http.MethodGet, url, nil))
	return w.Result()
}

func TestHandler(t *testing.T) {
	for name, kind := range map[string]string{"style.css": "text/css", "app.js": "text/javascript", "progress.js": "text/javascript", "icons/icon.svg": "image/svg+xml"} {
		r := get(t, assets.URL(name))
		if r.StatusCode != http.StatusOK || !strings.HasPrefix(r.Header.Get("Content-Type"), kind) {
			t.Errorf("%s: status %d, type %s", name, r.StatusCode, r.Header.Get("Content-Type"))
		}
		if !strings.Contains(r.Header.Get("Cache-Control"), "immutable") {
			t.Errorf("%s is not kept: %s", name, r.Header.Get("Cache-Control"))
		}
	}
	if old := get(t, assets.Prefix+"style.css?v=old").Header.Get("Cache-Control"); strings.Contains(old, "immutable") {
		t.Errorf("another version's address is kept for ever: %s", old)
	}
	for _, path := range []string{"locales/ja.json", "", "locales/", "none.css", "../assets.go"} {
		if r := get(t, assets.Prefix+path); r.StatusCode != http.StatusNotFound {
			t.Errorf("%q is served: %d", path, r.StatusCode)
		}
	}
}
