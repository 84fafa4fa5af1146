package emulator_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"hash/maphash"
	"maps"
	"math/rand/v2"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"tldsweep/internal/emulator"
)

// OVHcloud's own description of its API, cut to the routes that the emulator serves: testdata/description, where each
// file names its source and explains its notation.
type description struct {
	Routes   map[string]map[string]*describedRoute
	Models   map[string]model
	ReadOnly map[string][]string
}

// describedRoute is one method of one path.
type describedRoute struct {
	Auth    bool
	Query   map[string]string
	Path    map[string]string
	Body    body
	Returns string

	in *description // whose models its types are
}

// body is what a route takes: a model's name, or the fields themselves.
type body struct {
	model  string
	fields map[string]string
}

func (b *body) UnmarshalJSON(text []byte) error {
	if json.Unmarshal(text, &b.model) == nil {
		return nil
	}
	return json.Unmarshal(text, &b.fields)
}

// model is the fields of an object, or the values of an enum.
type model struct {
	fields map[string]string
	values []string
}

func (m *model) UnmarshalJSON(text []byte) error {
	if json.Unmarshal(text, &m.values) == nil {
		return nil
	}
	return json.Unmarshal(text, &m.fields)
}

// Each of OVHcloud's three APIs knows its own subsidiaries. The emulator plays all three at one address, so that what the
// Canadian and the American API know is not unknown to it.
var otherSubsidiaries = []string{"ASIA", "AU", "CA", "IN", "QC", "SG", "WE", "WS", "US"}

// readDescription returns every described route by "METHOD /path" with {} in place of what is variable.
func readDescription(t *testing.T) map[string]*describedRoute {
	t.Helper()
	files, err := filepath.Glob("testdata/description/*.json")
	if err != nil || len(files) == 0 {
		t.Fatal(files, err)
	}
	routes := map[string]*describedRoute{}
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		d := &description{}
		if err := json.Unmarshal(text, d); err != nil {
			t.Fatalf("%s: %v", file, err)
		}
		if m, ok := d.Models["nichandle.OvhSubsidiaryEnum"]; ok {
			d.Models["nichandle.OvhSubsidiaryEnum"] = model{values: slices.Concat(m.values, otherSubsidiaries)}
		}
		for where, methods := range d.Routes {
			for method, route := range methods {
				route.in = d
				routes[method+" "+blank(where)] = route
			}
		}
	}
	return routes
}

var variable = regexp.MustCompile(`\{[^}]*\}`)

// blank takes the names out of a path's variables: each side has its own.
func blank(path string) string { return variable.ReplaceAllString(path, "{}") }

// exception is a deviation from the description that is there on purpose.
type exception struct {
	route  string // method and path, with {} for what is variable
	what   string // of the deviation, with * for anything
	reason string
	source string
}

func (e exception) covers(deviation string) bool {
	pattern := strings.ReplaceAll(regexp.QuoteMeta(e.route+": "+e.what), `\*`, ".*")
	return regexp.MustCompile("^" + pattern + "$").MatchString(deviation)
}

// drawn is how many requests are drawn for each route.
const drawn = 120

// holdAgainstDescription draws requests for every route that the emulator serves and holds what it answers against the
// description. Every deviation must be an exception, and every exception must be needed.
func holdAgainstDescription(t *testing.T, options emulator.Options, exceptions []exception) {
	t.Helper()
	described := readDescription(t)
	server := emulator.New(options)
	defer server.Close()
	deviations := map[string]string{} // by route and what, an example
	world := (&stage{t: t, server: server}).openExtensions()
	for i, pattern := range server.Routes() {
		key := blank(pattern)
		route := described[key]
		if route == nil {
			deviations[key+": it is not in the description"] = ""
			continue
		}
		method, where, _ := strings.Cut(pattern, " ")
		hold := &held{t: t, server: server, route: route, method: method, pattern: where, key: key, seen: map[uint64]bool{}, seed: maphash.MakeSeed(),
			world: world, random: rand.New(rand.NewPCG(1, uint64(i))), deviations: deviations}
		hold.all()
	}
	needed := make([]bool, len(exceptions))
	found := slices.Sorted(maps.Keys(deviations))
	for _, deviation := range found {
		at := slices.IndexFunc(exceptions, func(e exception) bool {
			return e.covers(deviation)
		})
		if at >= 0 {
			needed[at] = true
			continue
		}
		t.Errorf("%s\n\t%s", deviation, deviations[deviation])
	}
	t.Logf("%d deviations of %d routes from the description, %d exceptions", len(found), len(server.Routes()), len(exceptions))
	for i, e := range exceptions {
		if e.reason == "" || e.source == "" {
			t.Errorf("the exception %s %s has no reason or no source", e.route, e.what)
		}
		if !needed[i] {
			t.Errorf("the exception %s %s is no longer needed", e.route, e.what)
		}
	}
}

// held is one route that is held against its description.
type held struct {
	t               *testing.T
	server          *emulator.Server
	route           *describedRoute
	method, pattern string
	key             string
	random          *rand.Rand
	world           []string
	stage           *stage
	seen            map[uint64]bool // hashes of answers that were looked at
	seed            maphash.Seed
	deviations      map[string]string
	answered        int // with 200
}

func (h *held) deviates(example, format string, args ...any) {
	what := h.key + ": " + fmt.Sprintf(format, args...)
	if _, known := h.deviations[what]; !known {
		h.deviations[what] = fmt.Sprintf("%.600s", example)
	}
}

// all draws the requests: one in two as described, the others with one thing wrong.
func (h *held) all() {
	wrongs := h.wrongs()
	for i := range max(drawn, 2*len(wrongs)) {
		// What a call changes, it changes for the next one, too.
		if h.stage == nil || h.method != http.MethodGet || i%20 == 0 {
			h.stage = &stage{t: h.t, server: h.server, random: h.random, route: h.key, world: h.world}
		}
		if i%2 == 0 {
			h.asDescribed()
			continue
		}
		wrongs[i/2%len(wrongs)]()
	}
	if h.answered < 10 {
		h.deviates("", "fewer than 10 requests as described are answered with 200")
	}
}

// request is one drawn request.
type request struct {
	path  string
	query map[string]string
	body  map[string]any
	bare  bool // without any headers
}

// draw is a request as described, with what is optional or without it.
func (h *held) draw() request {
	r := request{query: map[string]string{}, path: variable.ReplaceAllStringFunc(h.pattern, func(name string) string { return h.stage.object(strings.Trim(name, "{}")) })}
	for name, kind := range sorted(h.route.Query) {
		if strings.HasPrefix(kind, "map<") { // how one is written in a query, the description does not say
			continue
		}
		if bare, required := strings.CutSuffix(kind, "!"); required || h.random.IntN(2) == 0 {
			r.query[name] = fmt.Sprint(h.value(name, bare))
		}
	}
	if fields := h.fields(); fields != nil {
		r.body = h.object(fields, h.route.Body.model)
	}
	return r
}

// sorted goes through a map in one order, so that the same seed draws the same requests.
func sorted[V any](m map[string]V) func(yield func(string, V) bool) {
	return func(yield func(string, V) bool) {
		for _, key := range slices.Sorted(maps.Keys(m)) {
			if !yield(key, m[key]) {
				return
			}
		}
	}
}

// fields are those of the body.
func (h *held) fields() map[string]string {
	if h.route.Body.model != "" {
		return h.route.in.Models[h.route.Body.model].fields
	}
	return h.route.Body.fields
}

// silent says whether the source does not say which fields of the body must be there.
func (h *held) silent() bool {
	return strings.HasPrefix(h.pattern, "/domain") || strings.HasPrefix(h.pattern, "/me") && h.route.Body.model != ""
}

func (h *held) object(fields map[string]string, name string) map[string]any {
	object := map[string]any{}
	for field, kind := range sorted(fields) {
		if slices.Contains(h.route.in.ReadOnly[name], field) {
			continue
		}
		// Where the source does not say what must be there, everything is sent that cannot be null.
		optional := strings.HasSuffix(kind, "~") || h.silent() && strings.HasSuffix(kind, "?")
		if optional && h.random.IntN(2) == 0 {
			continue
		}
		object[field] = h.value(field, strings.TrimSuffix(kind, "~"))
	}
	return object
}

// value draws a value of a type, as its name in the description would have it.
func (h *held) value(name, kind string) any {
	kind, nullable := strings.CutSuffix(kind, "?")
	if nullable && h.random.IntN(4) == 0 {
		return nil
	}
	if v, ok := h.stage.meant(name, kind); ok {
		return v
	}
	if element, list := strings.CutSuffix(kind, "[]"); list {
		if h.method == http.MethodGet {
			return h.value(name, element)
		}
		return []any{h.value(name, element)}
	}
	if m, ok := h.route.in.Models[kind]; ok {
		if m.values != nil {
			return m.values[h.random.IntN(len(m.values))]
		}
		return h.object(m.fields, kind)
	}
	switch kind {
	case "boolean":
		return h.random.IntN(2) == 0
	case "long":
		return 1 + h.random.IntN(1000)
	case "duration":
		return fmt.Sprintf("P%dY", 1+h.random.IntN(3))
	case "date":
		return "1980-01-31"
	case "datetime":
		at := time.Now().Add(time.Duration(1+h.random.IntN(72)) * time.Hour)
		return at.Format([]string{"2006-01-02T15:04:05Z", "2006-01-02T15:04:05.000000-07:00", "2006-01-02T15:04:05-0700", "2006-01-02T15:04:05+01:00"}[h.random.IntN(4)])
	case "phoneNumber":
		return "+33.100000000"
	case "string", "text", "password":
		return []string{"a word", "Zoë", "x", "two words"}[h.random.IntN(4)]
	}
	h.t.Fatalf("%s: no value is known for %s, which is %s", h.key, name, kind)
	return nil
}

// wrongs are the ways in which a request to this route can be wrong, each of which draws one and looks at the answer.
func (h *held) wrongs() []func() {
	wrongs := []func(){h.unsigned}
	refused := func(what string, change func(*request)) {
		wrongs = append(wrongs, func() {
			r := h.draw()
			change(&r)
			if status, text := h.send(r); status != http.StatusBadRequest {
				h.deviates(fmt.Sprintf("%+v: %d %s", r, status, text), "%s is not refused with 400", what)
			}
		})
	}
	if last := strings.LastIndex(h.pattern, "{"); last >= 0 {
		at := strings.Count(h.pattern[:last], "/")
		wrongs = append(wrongs, func() {
			r := h.draw()
			parts := strings.Split(r.path, "/")
			parts[at] = []string{"999999999", "nowhere"}[h.random.IntN(2)]
			r.path = strings.Join(parts, "/")
			if status, text := h.send(r); status != http.StatusNotFound && status != http.StatusBadRequest {
				h.deviates(fmt.Sprintf("%+v: %d %s", r, status, text), "what does not exist is found")
			}
		})
	}
	for name, kind := range sorted(h.route.Query) {
		kind, required := strings.CutSuffix(kind, "!")
		if strings.HasPrefix(kind, "map<") {
			continue
		}
		if required {
			refused("no "+name, func(r *request) { delete(r.query, name) })
		}
		for _, bad := range h.misfits(strings.TrimSuffix(kind, "[]")) {
			if text, ok := bad.(string); ok {
				refused(fmt.Sprintf("%s=%s", name, text), func(r *request) { r.query[name] = text })
			}
		}
	}
	for name, kind := range sorted(h.fields()) {
		if slices.Contains(h.route.in.ReadOnly[h.route.Body.model], name) {
			continue
		}
		if !h.silent() && !strings.HasSuffix(kind, "~") {
			refused("no "+name, func(r *request) { delete(r.body, name) })
			refused("null for "+name, func(r *request) { r.body[name] = nil })
		}
		for _, bad := range h.misfits(strings.TrimRight(kind, "?~")) {
			refused(fmt.Sprintf("%#v for %s", bad, name), func(r *request) { r.body[name] = bad })
		}
	}
	if h.fields() != nil {
		refused("an undescribed field", func(r *request) { r.body["undescribed"] = 1 })
	}
	return wrongs
}

// misfits are values that are not of a type. A long that is text is one in a query alone.
func (h *held) misfits(kind string) []any {
	if m, ok := h.route.in.Models[kind]; ok && m.values != nil {
		return []any{"no-such-value", strings.ToLower(m.values[0]) + "X", "QQ", 7}
	}
	switch kind {
	case "boolean", "long":
		return []any{"perhaps", []any{}}
	case "datetime", "date":
		return []any{"soon", 7}
	case "duration":
		return []any{"soon", 7}
	case "string", "text", "phoneNumber", "password":
		return []any{7, map[string]any{}, true}
	}
	return []any{"text", 7}
}

// unsigned sends a request as described without any headers.
func (h *held) unsigned() {
	r := h.draw()
	r.bare = true
	switch status, text := h.send(r); {
	case h.route.Auth && status != http.StatusUnauthorized:
		h.deviates(fmt.Sprintf("%+v: %d %s", r, status, text), "it is served without a signature")
	case !h.route.Auth && (status == http.StatusUnauthorized || status == http.StatusForbidden):
		h.deviates(fmt.Sprintf("%+v: %d %s", r, status, text), "it is not served without a signature")
	}
}

// asDescribed sends a request as described. What is right in form may still be refused, but not every time.
func (h *held) asDescribed() {
	if status, _ := h.send(h.draw()); status == http.StatusOK {
		h.answered++
	}
}

// send sends a request and looks at the form of the answer.
func (h *held) send(r request) (status int, text []byte) {
	status, text = h.stage.ask(h.method, r)
	example := fmt.Sprintf("%+v: %d %.600s", r, status, text)
	sum := maphash.Bytes(h.seed, text)
	if h.seen[sum] {
		return status, text
	}
	h.seen[sum] = true
	var value any
	decoder := json.NewDecoder(bytes.NewReader(text))
	decoder.UseNumber()
	if err := decoder.Decode(&value); err != nil {
		h.deviates(example, "an answer that is not JSON")
		return status, text
	}
	if status == http.StatusOK {
		h.compare("$", value, h.route.Returns)
		return status, text
	}
	refusal, ok := value.(map[string]any)
	if _, told := refusal["message"].(string); !ok || !told || !slices.Contains([]int{400, 401, 403, 404, 409}, status) {
		h.deviates(example, "a refusal of no known form")
	}
	return status, text
}

// compare holds a value against a type of the description.
func (h *held) compare(at string, value any, kind string) {
	wrong := func() { h.deviates(fmt.Sprintf("%s: %v", at, value), "%s is not of type %s", at, kind) }
	bare, nullable := strings.CutSuffix(kind, "?")
	if value == nil {
		if !nullable && bare != "void" {
			h.deviates("", "%s is null", at)
		}
		return
	}
	if element, ok := strings.CutSuffix(bare, "[]"); ok {
		list, ok := value.([]any)
		if !ok {
			wrong()
			return
		}
		// Of a long list some elements are looked at, drawn again for each answer.
		for i := range list {
			if len(list) < 100 || h.random.IntN(len(list)) < 50 {
				h.compare(at+"[]", list[i], element)
			}
		}
		return
	}
	if inner, ok := strings.CutPrefix(bare, "map<string,"); ok {
		object, ok := value.(map[string]any)
		if !ok {
			wrong()
			return
		}
		for _, v := range object {
			h.compare(at+".*", v, strings.TrimSuffix(inner, ">"))
		}
		return
	}
	if m, ok := h.route.in.Models[bare]; ok {
		if m.values != nil {
			if word, ok := value.(string); !ok || !slices.Contains(m.values, word) {
				wrong()
			}
			return
		}
		object, ok := value.(map[string]any)
		if !ok {
			wrong()
			return
		}
		for field := range object {
			if _, described := m.fields[field]; !described {
				h.deviates("", "%s.%s is not described", at, field)
			}
		}
		for field, kind := range m.fields {
			v, there := object[field]
			if !there {
				h.deviates("", "%s.%s is missing", at, field)
				continue
			}
			h.compare(at+"."+field, v, strings.TrimSuffix(kind, "~"))
		}
		return
	}
	if !isPrimitive(value, bare) {
		wrong()
	}
}

var forms = map[string]*regexp.Regexp{
	"duration":    regexp.MustCompile(`^P(\d+[YMD])+$`),
	"date":        regexp.MustCompile(`^\d{4}-\d\d-\d\d$`),
	"datetime":    regexp.MustCompile(`^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)$`),
	"uuid":        regexp.MustCompile(`^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$`),
	"phoneNumber": regexp.MustCompile(`^\+\d+\.\d+$`),
	"ipv4":        regexp.MustCompile(`^\d+\.\d+\.\d+\.\d+$`),
	"ipv6":        regexp.MustCompile(`^[0-9a-f:]+$`),
	"ipBlock":     regexp.MustCompile(`^[0-9a-f.:]+/\d+$`),
}

func isPrimitive(value any, kind string) bool {
	switch v := value.(type) {
	case bool:
		return kind == "boolean"
	case json.Number:
		_, err := v.Int64()
		return kind == "double" || kind == "long" && err == nil
	case string:
		form := forms[kind]
		return form == nil && (kind == "string" || kind == "text" || kind == "password") || form != nil && form.MatchString(v)
	}
	return false
}

func TestTheDefaultWorldIsAsDescribed(t *testing.T) {
	holdAgainstDescription(t, emulator.Options{}, everywhere())
}
