package googletest

import (
	"slices"
	"strings"
)

const scopePrefix = "https://www.googleapis.com/auth/"

// signInScopes maps the scopes that only identify a person to the names that
// Google uses for them in its answers.
var signInScopes = map[string]string{
	"openid":                         "openid",
	"email":                          scopePrefix + "userinfo.email",
	"profile":                        scopePrefix + "userinfo.profile",
	scopePrefix + "userinfo.email":   scopePrefix + "userinfo.email",
	scopePrefix + "userinfo.profile": scopePrefix + "userinfo.profile",
}

const emailScope = scopePrefix + "userinfo.email"

// calendarScopes are the Calendar API's scopes, without the prefix, and what
// the consent page says of them.
var calendarScopes = map[string]string{
	"calendar":                        "See, edit, share, and permanently delete all the calendars you can access using Google Calendar",
	"calendar.readonly":               "See and download any calendar you can access using your Google Calendar",
	"calendar.app.created":            "Make secondary Google calendars, and see, create, change, and delete events on them",
	"calendar.acls":                   "See and change the sharing permissions of Google calendars you own",
	"calendar.acls.readonly":          "See the sharing permissions of Google calendars you own",
	"calendar.calendarlist":           "See, add, and remove Google calendars you're subscribed to",
	"calendar.calendarlist.readonly":  "See the list of Google calendars you're subscribed to",
	"calendar.calendars":              "See and change the properties of Google calendars you have access to, and create secondary calendars",
	"calendar.calendars.readonly":     "See the title, description, default time zone, and other properties of Google calendars you have access to",
	"calendar.events":                 "View and edit events on all your calendars",
	"calendar.events.readonly":        "View events on all your calendars",
	"calendar.events.owned":           "See, create, change, and delete events on Google calendars you own",
	"calendar.events.owned.readonly":  "See the events on Google calendars you own",
	"calendar.events.freebusy":        "See the availability on Google calendars you have access to",
	"calendar.events.public.readonly": "See the events on public calendars",
	"calendar.freebusy":               "View your availability in your calendars",
	"calendar.settings":               "View and change your Calendar settings",
	"calendar.settings.readonly":      "View your Calendar settings",
}

func isSignIn(scope string) bool { return signInScopes[scope] != "" }

func knownScope(scope string) bool {
	return isSignIn(scope) || calendarScopes[strings.TrimPrefix(scope, scopePrefix)] != ""
}

// describeScope is the sentence beside a scope's tick box.
func describeScope(scope string) string {
	return calendarScopes[strings.TrimPrefix(scope, scopePrefix)]
}

// consentScopes are the scopes that a person has to agree to; with more than
// one of them each has a tick box.
func consentScopes(scopes []string) []string {
	return slices.DeleteFunc(slices.Clone(scopes), isSignIn)
}

// canonicalScopes gives scopes as Google's answers name them, each once.
func canonicalScopes(scopes []string) []string {
	var all []string
	for _, scope := range scopes {
		if name := signInScopes[scope]; name != "" {
			scope = name
		}
		if !slices.Contains(all, scope) {
			all = append(all, scope)
		}
	}
	return all
}
