package emulator

import (
	"compress/gzip"
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
)

// answer is the one answer to a request. It is the ResponseWriter that the routes see.
type answer struct {
	s      *Server
	w      http.ResponseWriter
	r      *http.Request
	path   string
	status int

	isLookup bool   // of a domain in a cart
	domain   string // that is looked up, as it was written
}

func (a *answer) Header() http.Header { return a.w.Header() }

func (a *answer) header(name, value string) { a.w.Header().Set(name, value) }

func (a *answer) WriteHeader(status int) { a.status = status; a.w.WriteHeader(status) }

func (a *answer) Write(b []byte) (int, error) { return a.w.Write(b) }

// send answers with a body, compressed where the client takes that. Lookups are left alone: a load balancer compresses
// them at no cost to the API, and here it would be measured as the client's.
func (a *answer) send(status int, body []byte) {
	a.status = status
	if len(body) > 512 && strings.Contains(a.r.Header.Get("Accept-Encoding"), "gzip") && !a.isLookup {
		a.header("Content-Encoding", "gzip")
		a.w.WriteHeader(status)
		z := gzip.NewWriter(a.w)
		_, _ = z.Write(body) // the client may be gone
		_ = z.Close()
		return
	}
	a.header("Content-Length", fmt.Sprint(len(body)))
	a.w.WriteHeader(status)
	_, _ = a.w.Write(body) // the client may be gone
}

func (a *answer) json(v any) { a.send(http.StatusOK, mustJSON(v)) }

// fail answers with an error of the generation that is played.
func (a *answer) fail(status int, class, message string) {
	if !a.s.options.OldErrors {
		a.send(status, mustJSON(map[string]any{"class": class, "message": message}))
		return
	}
	a.send(status, mustJSON(map[string]any{
		"errorCode": oldCode(message), "httpCode": fmt.Sprintf("%d %s", status, http.StatusText(status)), "message": message,
	}))
}

// unknown says that there is no such thing.
func (a *answer) unknown() {
	a.fail(http.StatusNotFound, "Client::NotFound", "This service does not exist")
}

// malformedParameter refuses a parameter of a query.
func (a *answer) malformedParameter(name string) {
	a.fail(http.StatusBadRequest, "Client::BadRequest", "Parameter "+name+" isn't formatted correctly")
}

func mustJSON(v any) []byte {
	body, err := json.Marshal(v)
	if err != nil {
		panic(err) // ours alone
	}
	return body
}

// oldCode is the word that error bodies had before classes.
func oldCode(message string) string {
	for words, code := range map[string]string{
		"Invalid signature": "INVALID_SIGNATURE", "Query out of time": "QUERY_TIME_OUT",
		"application key is invalid": "INVALID_KEY", "credential does not exist": "NOT_CREDENTIAL",
		"credential is not valid": "INVALID_CREDENTIAL", "not been granted": "NOT_GRANTED_CALL",
	} {
		if strings.Contains(message, words) {
			return code
		}
	}
	return "ERROR"
}
