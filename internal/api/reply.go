package api

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"tldsweep/internal/printable"
)

// How much of a server's words an error keeps: of a message that is OVHcloud's, where one line may stand for each item of
// a cart, and of anything else a sentence, not a page.
const (
	longestRefusal = 4000
	longestMessage = 300
	maxDetails     = 50
)

// reaction turns an answer that is not 2xx into the error of its reaction.
func (c *Client) reaction(call string, response *http.Response, body []byte) error {
	failure, foreign := describe(call, response, body)
	words := strings.ToLower(failure.Message + " " + failure.Code)
	switch status := response.StatusCode; {
	case isPage(&failure, foreign):
		wait := c.ofPage(failure, response)
		wait.After = retryAfter(response.Header.Get("Retry-After"), time.Now())
		return wait
	case strings.Contains(failure.Class, "ChallengeRequired"):
		failure.Kind = Denied
		return &StopError{Failure: failure, Hint: "this address guards a web shop against programs; use OVHcloud's API with keys: --endpoint ovh-eu and an ovh.conf"}
	case status == http.StatusTooManyRequests:
		failure.Kind = RateLimited
		return &WaitError{Failure: failure, After: retryAfter(response.Header.Get("Retry-After"), time.Now())}
	case strings.Contains(words, "check timeout"):
		failure.Kind = Timeout
		return &WaitError{Failure: failure}
	case strings.Contains(words, "query out of time") || strings.Contains(words, "query_time_out"):
		failure.Kind = Denied
		return &clockError{StopError{Failure: failure, Hint: "set this machine's clock"}}
	case status == http.StatusRequestTimeout, status == http.StatusGatewayTimeout:
		failure.Kind = Timeout
		return &WaitError{Failure: failure, After: retryAfter(response.Header.Get("Retry-After"), time.Now())}
	case status >= 500:
		failure.Kind = Server
		return &WaitError{Failure: failure, After: retryAfter(response.Header.Get("Retry-After"), time.Now())}
	case status == http.StatusUnauthorized:
		failure.Kind = Denied
		return &StopError{Failure: failure, Hint: "this call needs credentials: see ovh.conf-dist, or try --endpoint emulator"}
	case strings.Contains(words, "invalid signature") || strings.Contains(words, "invalid_signature"):
		failure.Kind = Denied
		return &StopError{Failure: failure, Hint: "the application secret does not belong to the application key: check both"}
	case status == http.StatusForbidden:
		failure.Kind = Denied
		return forbidden(failure, words)
	default:
		failure.Kind = Refused
		return &RowError{Failure: failure}
	}
}

// forbidden tells a missing right, which a narrower key may lack on purpose, from refused credentials.
func forbidden(failure Failure, words string) error {
	stop := &StopError{Failure: failure}
	switch {
	case strings.Contains(words, "not been granted"), strings.Contains(words, "not_granted"), strings.Contains(words, "not granted"):
		stop.Right = true
		stop.Hint = "give the key the right to " + wildcard(failure.Call) + " on OVHcloud's token page"
	case strings.Contains(words, "application key"), strings.Contains(words, "invalid_key"):
		stop.Hint = "check application_key and that it was made for this endpoint: keys of ovh-eu, ovh-ca and ovh-us are not exchangeable"
	case strings.Contains(words, "credential"):
		stop.Hint = "check consumer_key; it may have expired or never have been validated: make a new one on OVHcloud's token page"
	default:
		stop.Right = true
		stop.Hint = "the account or key may not " + wildcard(failure.Call)
	}
	return stop
}

// wildcard is a call as OVHcloud's token page writes rights: identifiers become *.
func wildcard(call string) string {
	method, path, _ := strings.Cut(call, " ")
	if strings.HasPrefix(path, "/order/cart/") {
		path = "/order/cart/*"
	}
	return method + " " + path
}

// describe reads both generations of error bodies, and takes the first words of one that is foreign: not OVHcloud's.
func describe(call string, response *http.Response, body []byte) (_ Failure, isForeign bool) {
	failure := Failure{Call: call, Status: response.StatusCode, QueryID: short(response.Header.Get("X-Ovh-Queryid"), 100)}
	var wire struct {
		Class     string          `json:"class"`
		ErrorCode string          `json:"errorCode"`
		Message   string          `json:"message"`
		Details   json.RawMessage `json:"details"`
	}
	if err := json.Unmarshal(body, &wire); err != nil || wire.Message == "" && wire.Class == "" && wire.ErrorCode == "" {
		failure.Message = foreign(response.Header.Get("Content-Type"), body)
		return failure, true
	}
	failure.Class, failure.Code = short(wire.Class, 100), short(wire.ErrorCode, 100)
	failure.Message = short(strings.Join(strings.Split(strings.TrimSpace(wire.Message), "\n"), "; "), longestRefusal)
	failure.Details = details(wire.Details, wire.Message)
	if failure.Message == "" {
		failure.Message = failure.Class + failure.Code
	}
	return failure, false
}

// details reads what a refusal says field by field, whatever the fields. The message said once more is left out.
func details(body json.RawMessage, message string) []Detail {
	var wire map[string]json.RawMessage
	if json.Unmarshal(body, &wire) != nil {
		return nil
	}
	var all []Detail
	for _, field := range slices.Sorted(maps.Keys(wire)) {
		var text string
		if json.Unmarshal(wire[field], &text) != nil {
			text = string(wire[field]) // described as text, but who knows
		}
		if text != "" && text != message {
			all = append(all, Detail{short(field, 100), short(text, longestMessage)})
		}
	}
	if more := len(all) - maxDetails; more > 0 {
		all = append(all[:maxDetails], Detail{"…", fmt.Sprintf("and %d more", more)})
	}
	return all
}

// foreign describes a body that is not OVHcloud's JSON.
func foreign(contentType string, body []byte) string {
	text := strings.TrimSpace(string(body[:min(len(body), longestMessage)]))
	switch {
	case text == "":
		return "an empty answer"
	case isHTML(contentType, body):
		return "an HTML page instead of an answer (from a load balancer or a proxy)"
	default:
		return "not an answer of the API: " + short(text, 80)
	}
}

func isHTML(contentType string, body []byte) bool {
	return strings.Contains(contentType, "html") || bytes.HasPrefix(bytes.TrimSpace(body[:min(len(body), longestMessage)]), []byte("<"))
}

// short is s as one line that is safe to print, cut to size.
func short(s string, most int) string {
	s = strings.Join(strings.Fields(printable.Text(s)), " ")
	if len(s) <= most {
		return s
	}
	cut := most
	for cut > 0 && !utf8.RuneStart(s[cut]) {
		cut--
	}
	return s[:cut] + "…"
}

// longestPause is how long a server's word to wait is kept at most, as the pace keeps it.
const longestPause = 15 * time.Minute

// retryAfter reads the header's two forms, seconds and an HTTP date; anything else, and the past, is 0.
func retryAfter(header string, now time.Time) time.Duration {
	header = strings.TrimSpace(header)
	if seconds, err := strconv.ParseInt(header, 10, 64); err == nil {
		return time.Duration(min(max(seconds, 0), int64(longestPause/time.Second))) * time.Second
	}
	if at, err := http.ParseTime(header); err == nil {
		return min(max(at.Sub(now), 0), longestPause)
	}
	return 0
}

// decode reads exactly one JSON value of into's kind.
func decode(body []byte, into any) error {
	if into == nil {
		return nil
	}
	body = bytes.TrimSpace(body)
	if len(body) == 0 {
		return errors.New("an empty answer")
	}
	var err error
	if whole, ok := into.(json.Unmarshaler); ok {
		err = whole.UnmarshalJSON(body) // json.Unmarshal would read it all once more beforehand
	} else {
		err = json.Unmarshal(body, into)
	}
	if err != nil {
		return explain(err, len(body))
	}
	return nil
}

// explain says what is wrong with an answer of so many bytes; less than 0: unknown. The library's words name types of this program.
func explain(err error, size int) error {
	if syntax, ok := errors.AsType[*json.SyntaxError](err); ok && size < 0 {
		return fmt.Errorf("not JSON at byte %d", syntax.Offset)
	} else if ok {
		return fmt.Errorf("not JSON at byte %d of %d", syntax.Offset, size)
	}
	if wrong, ok := errors.AsType[*json.UnmarshalTypeError](err); ok {
		return fmt.Errorf("at /%s: an unexpected %s", short(strings.ReplaceAll(wrong.Field, ".", "/"), longestMessage), short(wrong.Value, 30))
	}
	return errors.New(short(err.Error(), longestMessage))
}

// clockError is a refused timestamp: the first one earns a fresh look at the server's clock, a second one stops the run.
type clockError struct{ StopError }
