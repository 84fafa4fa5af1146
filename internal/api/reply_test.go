package api

import (
	"net/http"
	"strings"
	"testing"
	"time"
	"unicode/utf8"
)

func TestRetryAfter(t *testing.T) {
	now := time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)
	for header, want := range map[string]time.Duration{
		"":                               0,
		"7":                              7 * time.Second,
		" 7 ":                            7 * time.Second,
		"0":                              0,
		"-3":                             0,
		"1.5":                            0,
		"soon":                           0,
		"99999999999999":                 15 * time.Minute,
		"Mon, 23 Nov 2026 12:00:30 GMT":  30 * time.Second,
		"Mon, 23 Nov 2026 11:00:00 GMT":  0,
		"Monday, 23-Nov-26 12:01:00 GMT": time.Minute,
	} {
		if got := retryAfter(header, now); got != want {
			t.Errorf("Retry-After %q is %v, want %v", header, got, want)
		}
	}
}

// What is wrong with an answer names the field as the answer has it, not a type of this program.
func TestDecodeNamesTheField(t *testing.T) {
	for body, want := range map[string]string{
		``:                                   "an empty answer",
		`{"cartId":"c"`:                      "not JSON at byte 13 of 13",
		`{"cartId":7}`:                       "at /cartId: an unexpected number",
		`{"cartId":"c","items":[1,"x"]}`:     "at /items: an unexpected string",
		`{"owner":{"address":{"zip":true}}}`: "at /owner/address/zip: an unexpected bool",
		`[]`:                                 "at /: an unexpected array",
	} {
		var into struct {
			CartID string `json:"cartId"`
			Items  []int  `json:"items"`
			Owner  struct {
				Address struct {
					Zip string `json:"zip"`
				} `json:"address"`
			} `json:"owner"`
		}
		if err := decode([]byte(body), &into); err == nil || err.Error() != want {
			t.Errorf("%s: %v, want %s", body, err, want)
		}
	}
}

func FuzzRetryAfter(f *testing.F) {
	f.Add("7")
	f.Add("Mon, 23 Nov 2026 12:00:30 GMT")
	now := time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)
	f.Fuzz(func(t *testing.T, header string) {
		if d := retryAfter(header, now); d < 0 || d > 15*time.Minute {
			t.Errorf("Retry-After %q is %v", header, d)
		}
	})
}

// Whatever a server sends instead of an answer becomes one printable line and one of the reactions.
func FuzzReaction(f *testing.F) {
	f.Add(403, "application/json", []byte(`{"class":"Client::Forbidden","message":"This call has not been granted","details":{"unauthorizedActionsByIAM":"x"}}`))
	f.Add(429, "text/html", []byte("<html>"))
	f.Add(400, "", []byte(`{"errorCode":"QUERY_TIME_OUT","httpCode":"400 Bad Request","message":"Query out of time"}`))
	client, err := New(Config{Endpoint: "https://api.example/1.0", Key: &Key{ApplicationKey: "key"}})
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, status int, contentType string, body []byte) {
		err := client.reaction("GET /x", &http.Response{StatusCode: status, Header: http.Header{"Content-Type": {contentType}}}, body)
		text := err.Error()
		if text == "" || len(text) > 1000 || !utf8.ValidString(text) || strings.ContainsAny(text, "\n\r\x1b\x00") {
			t.Errorf("%q", text)
		}
		switch err.(type) {
		case *WaitError, *StopError, *RowError, *clockError:
		default:
			t.Errorf("%T is no reaction", err)
		}
	})
}
