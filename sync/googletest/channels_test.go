package googletest_test

import (
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"testing"
	"time"

	"google.golang.org/api/calendar/v3"
)

// receiver collects the notifications that arrive over https.
func receiver(t *testing.T, status func(n int) int) (*httptest.Server, chan http.Header) {
	t.Helper()
	arrived := make(chan http.Header, 100)
	n := 0
	web := httptest.NewTLSServer(http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		n++
		answer := status(n)
		if answer < 300 {
			arrived <- r.Header.Clone()
		}
		rw.WriteHeader(answer)
	}))
	t.Cleanup(web.Close)
	return web, arrived
}

func next(t *testing.T, arrived chan http.Header) http.Header {
	t.Helper()
	select {
	case header := <-arrived:
		return header
	case <-time.After(10 * time.Second):
		t.Fatal("no notification arrived")
		return nil
	}
}

func TestNotifications(t *testing.T) {
	w := newWorld(t)
	svc := w.service("tanaka@example.com")
	web, arrived := receiver(t, func(n int) int {
		if n == 2 {
			return http.StatusServiceUnavailable // is tried again
		}
		return http.StatusNoContent
	})
	w.google.SetWebhookClient(web.Client())
	wish := &calendar.Channel{Id: "channel-1", Type: "web_hook", Address: web.URL + "/webhook", Token: "secret"}
	opened := got(svc.Events.Watch("primary", wish).Do()).must(t)
	if opened.Id != "channel-1" || opened.ResourceId == "" || opened.Expiration <= time.Now().UnixMilli() || opened.Kind != "api#channel" {
		t.Errorf("channel %+v", opened)
	}
	first := next(t, arrived)
	if first.Get("X-Goog-Resource-State") != "sync" || first.Get("X-Goog-Message-Number") != "1" || first.Get("X-Goog-Channel-Token") != "secret" {
		t.Errorf("header %v", first)
	}
	ev := insert(t, svc, meeting("x"))
	second := next(t, arrived)
	number, _ := strconv.Atoi(second.Get("X-Goog-Message-Number"))
	if second.Get("X-Goog-Resource-State") != "exists" || number < 2 || second.Get("X-Goog-Resource-Id") != opened.ResourceId || second.Get("X-Goog-Channel-Expiration") == "" {
		t.Errorf("header %v", second)
	}
	got(svc.Events.Watch("primary", wish).Do()).refused(t, 400, "channelIdNotUnique")
	refused(t, svc.Channels.Stop(&calendar.Channel{Id: "channel-1", ResourceId: "other"}).Do(), 404, "notFound")
	if err := svc.Channels.Stop(&calendar.Channel{Id: "channel-1", ResourceId: opened.ResourceId}).Do(); err != nil {
		t.Fatal(err)
	}
	w.tanaka.Delete("primary", ev.Id)
	refused(t, svc.Channels.Stop(&calendar.Channel{Id: "channel-1", ResourceId: opened.ResourceId}).Do(), 404, "notFound")
	w.google.Close()
	if len(arrived) != 0 {
		t.Error("a stopped channel told of a change")
	}
}

func TestChannelExpires(t *testing.T) {
	w := newWorld(t)
	svc := w.service("tanaka@example.com")
	web, arrived := receiver(t, func(int) int { return http.StatusOK })
	w.google.SetWebhookClient(web.Client())
	got(svc.Events.Watch("primary", &calendar.Channel{Id: "short", Type: "web_hook", Address: web.URL, Params: map[string]string{"ttl": "60"}}).Do()).must(t)
	next(t, arrived)
	w.clock.advance(2 * time.Minute)
	w.tanaka.Insert("primary", meeting("x"))
	w.google.Close()
	if len(arrived) != 0 {
		t.Error("an expired channel told of a change")
	}
}

func TestChannelsThatAreRefused(t *testing.T) {
	w := newWorld(t)
	svc := w.service("tanaka@example.com")
	for reason, wish := range map[string]*calendar.Channel{
		"push.webhookUrlNotHttps": {Id: "a", Type: "web_hook", Address: "http://localhost/webhook"},
		"channelUnknown":          {Id: "a", Type: "carrier_pigeon", Address: "https://crm.example.com/"},
		"required":                {Type: "web_hook", Address: "https://crm.example.com/"},
		"invalid":                 {Id: strings.Repeat("a", 65), Type: "web_hook", Address: "https://crm.example.com/"},
	} {
		got(svc.Events.Watch("primary", wish).Do()).refused(t, 400, reason)
	}
}
