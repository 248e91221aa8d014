// Package googletest is a simulated Google: the parts of OAuth 2.0 and of the
// Calendar API v3 that this project speaks to, as an http.Handler. It stands
// to them as net/http/httptest stands to net/http. Tests and the demo use it;
// the service never does.
//
// The promise is strictness. Where Google refuses something, forgets
// something or leaves something out of an answer, so does this package:
// entity tags are quoted and go stale, sync tokens belong to one calendar and
// one set of parameters, deleted ids stay taken, refresh tokens come only
// with a first consent, and so on. A simulator that forgives hides the bugs
// it was written to find. Where Google's behaviour is not known for certain, a
// Set method switches between the readings.
//
// A Server begins empty. A test adds a Client (what an administrator makes in
// Google's console) and accounts (people), serves it on a loopback address,
// and lets the code under test talk to it by HTTP:
//
//	google := googletest.New()
//	google.AddClient(googletest.Client{ID: "id", Secret: "secret", RedirectURIs: uris})
//	tanaka := google.AddAccount("tanaka@example.com")
//	web := httptest.NewServer(google)
//	defer google.Close()
//	defer web.Close()
//
// People act in two ways. The methods of Account are what a person does in
// Google's own pages: Insert, Import, Edit, Answer, Move, HandOver, Delete,
// RevokeGrants. Invitations, answers and cancellations travel between the
// accounts. Consent and Deny press the buttons of the consent page; a browser
// finds the same page at /o/oauth2/auth, and a calendar to click through at
// /ui/<e-mail>.
//
// What goes wrong on a network is a Fault: an answer lost before or after the
// effect, a quota, an HTML page from a front end. What the code under test
// did is read back from Calls, CallCount, WriteCount, Mails and
// MissingSendUpdates.
//
// All methods may be called concurrently. The package knows nothing of the
// service: it must stay as independent of it as Google is.
package googletest
