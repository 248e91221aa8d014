package models

import (
	"net/url"
	"testing"
)

func TestServerURL(t *testing.T) {
	u, err := url.Parse(sqlserverURL("sqlserver://u:p%23w@host/INST?database=crm&TimeZone=Asia%2FTokyo"))
	must(t, err)
	q := u.Query()
	if q.Get("app name") != "agcrm-google" || q.Get("database") != "crm" || q.Has("TimeZone") || u.Path != "/INST" {
		t.Errorf("%s", u)
	}
	if password, _ := u.User.Password(); password != "p#w" {
		t.Errorf("password %q", password)
	}
	if u, _ := url.Parse(sqlserverURL("sqlserver://host?app+name=mine")); u.Query().Get("app name") != "mine" {
		t.Errorf("%s", u)
	}
}
