package assets

import (
	"encoding/json"
	"sync"

	"github.com/nicksnyder/go-i18n/v2/i18n"
	"golang.org/x/text/language"
)

// Locales are the languages that every text exists in.
var Locales = []string{"ja", "en", "fr"}

// catalogues holds one localizer for each language.
var catalogues = sync.OnceValue(func() map[string]*i18n.Localizer {
	bundle := i18n.NewBundle(language.Japanese)
	bundle.RegisterUnmarshalFunc("json", json.Unmarshal)
	localizers := make(map[string]*i18n.Localizer, len(Locales))
	for _, locale := range Locales {
		if _, err := bundle.LoadMessageFileFS(files, "locales/"+locale+".json"); err != nil {
			panic("assets: " + err.Error()) // built in, and read by the tests
		}
		localizers[locale] = i18n.NewLocalizer(bundle, locale)
	}
	return localizers
})

// matcher finds the best of Locales for what a browser asks for.
var matcher = language.NewMatcher([]language.Tag{language.Und, language.Japanese, language.English, language.French})

// Text is the sentence for a key in one of Locales, with its arguments filled
// in; another locale is read as Japanese. A key that no catalogue knows, as an
// older version may have left in the log, is shown as it is.
func Text(locale, key string, args map[string]string) string {
	text, ok := Lookup(locale, key, args)
	if !ok {
		return key
	}
	return text
}

// Lookup is Text that says whether the key is known.
func Lookup(locale, key string, args map[string]string) (string, bool) {
	localizer := catalogues()[locale]
	if localizer == nil {
		localizer = catalogues()[Locales[0]]
	}
	text, err := localizer.Localize(&i18n.LocalizeConfig{MessageID: key, TemplateData: args})
	return text, err == nil && text != ""
}

// Known says whether a locale is one of Locales.
func Known(locale string) bool {
	return catalogues()[locale] != nil
}

// Preferred is the one of Locales that a browser's Accept-Language asks for
// most, or fallback where it asks for none of them.
func Preferred(acceptLanguage, fallback string) string {
	tags, _, err := language.ParseAcceptLanguage(acceptLanguage)
	if err != nil || len(tags) == 0 {
		return fallback
	}
	_, index, confidence := matcher.Match(tags...)
	if index == 0 || confidence == language.No {
		return fallback
	}
	return Locales[index-1]
}
