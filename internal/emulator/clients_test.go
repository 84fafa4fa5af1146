package emulator_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"golang.org/x/sync/errgroup"

	"tldsweep/internal/emulator"
)

// client is somebody else's program that orders a domain, as the calls that its source makes: the facts of them, in a
// file of testdata/clients each.
type client struct {
	Client     string
	Repository string
	Commit     string // or the version of a package
	Notes      []string
	World      json.RawMessage   // emulator.Options without which it does not get through
	Cannot     map[string]string // worlds in which it does not get through, and why
	After      string            // the client whose order it looks at, with what that one has learnt
	Calls      []clientCall
}

// clientCall is one call. In its path and body, {name} stands for a value of an answer before it; where that is a whole
// text of the body, it keeps its type.
type clientCall struct {
	Call     string // "GET /me"
	Source   string // file and line that make it
	Unsigned bool
	Body     any               // none where it is nil
	Reads    []string          // fields of the answer that the source reads: "prices.*.price.text"
	Takes    map[string]string // name, and which field of the answer it is
	Until    any               // it is made again until this is the answer
	Each     *eachLabel
}

// eachLabel repeats a call for the labels of a list of ConfigurationRequirements: {label}, and {answer} to it.
type eachLabel struct {
	Of       string // the name of the list
	Required bool   // only for those that say so
	Insists  bool   // ends where there is no answer, unless the label says required: false
	Together bool   // posts them at once, and not one after the other
	Answers  map[string]any
}

func readClient(t *testing.T, path string) client {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	var c client
	decoder := json.NewDecoder(bytes.NewReader(text))
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(&c); err != nil {
		t.Fatalf("%s: %v", path, err)
	}
	return c
}

// options are those of a world in which every name is free, with what the client needs of it.
func (c client) options(t *testing.T, l emulator.Like) emulator.Options {
	t.Helper()
	options := steady(l)
	if c.World == nil {
		return options
	}
	decoder := json.NewDecoder(bytes.NewReader(c.World))
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(&options); err != nil {
		t.Fatal(err)
	}
	return options
}

// buy plays the client against a world, and says why it did not come to one paid order of what it wants.
func (c client) buy(t *testing.T, options emulator.Options) error {
	t.Helper()
	server, address := start(t, options)
	const domain = "example-shop.com"
	known := map[string]any{"domain": domain, "tomorrow": time.Now().UTC().Add(24 * time.Hour).Format("2006-01-02T15:04:05")}
	play := func(c client) error {
		for _, call := range c.Calls {
			if err := call.make(t, address, known); err != nil {
				return fmt.Errorf("%s (%s): %w", call.Call, call.Source, err)
			}
		}
		return nil
	}
	if c.After != "" {
		if err := play(readClient(t, "testdata/clients/"+c.After+".json")); err != nil {
			return err
		}
	}
	if err := play(c); err != nil {
		return err
	}
	orders := server.Orders()
	if len(orders) != 1 || !orders[0].Paid || !slices.Equal(orders[0].Domains, []string{domain}) {
		return fmt.Errorf("the orders are %+v", orders)
	}
	return nil
}

// make makes the call, or the calls, and keeps what it takes.
func (c clientCall) make(t *testing.T, address string, known map[string]any) error {
	if c.Each == nil {
		return c.once(t, address, known)
	}
	var posts errgroup.Group
	for _, asked := range known[c.Each.Of].([]any) {
		label := asked.(object)
		if c.Each.Required && label["required"] != true {
			continue
		}
		answer, ok := c.Each.Answers[label["label"].(string)]
		if !ok && c.Each.Insists && label["required"] != false {
			return fmt.Errorf("it has no answer to %s, and gives up", label["label"])
		}
		if !ok {
			continue
		}
		own := known
		if c.Each.Together {
			own = maps.Clone(known)
		}
		own["label"], own["answer"] = label["label"], fill(answer, known)
		posts.Go(func() error { return c.once(t, address, own) })
		if !c.Each.Together {
			if err := posts.Wait(); err != nil {
				return err
			}
		}
	}
	return posts.Wait()
}

// once makes the call, again and again where it waits for something.
func (c clientCall) once(t *testing.T, address string, known map[string]any) error {
	method, path, _ := strings.Cut(c.Call, " ")
	target := address + fill(path, known).(string)
	if strings.HasPrefix(path, "/v2/") {
		target = strings.TrimSuffix(address, "/1.0") + fill(path, known).(string)
	}
	body := ""
	if c.Body != nil {
		text, err := json.Marshal(fill(c.Body, known))
		if err != nil {
			return err
		}
		body = string(text)
	}
	by := &good
	if c.Unsigned {
		by = nil
	}
	for range 10 {
		status, text, err := ask(t, by, method, target, body)
		if err != nil {
			return err
		}
		if status != 200 {
			return fmt.Errorf("status %d: %s", status, text)
		}
		var answer any
		if err := json.Unmarshal([]byte(text), &answer); err != nil {
			return fmt.Errorf("%w: %s", err, text)
		}
		if c.Until != nil && answer != c.Until {
			continue
		}
		for _, path := range c.Reads {
			if _, err := field(answer, path); err != nil {
				return fmt.Errorf("it reads %s: %w: %s", path, err, text)
			}
		}
		for name, path := range c.Takes {
			if known[name], err = field(answer, path); err != nil {
				return fmt.Errorf("it takes %s: %w: %s", path, err, text)
			}
		}
		return nil
	}
	return fmt.Errorf("it never becomes %v", c.Until)
}

// field is a part of an answer by its path: names of fields, numbers of elements, and * for all elements of a list. A
// field that is null is there.
func field(v any, path string) (any, error) {
	if path == "" {
		return v, nil
	}
	name, rest, _ := strings.Cut(path, ".")
	switch v := v.(type) {
	case object:
		if inner, ok := v[name]; ok {
			return field(inner, rest)
		}
	case []any:
		if name == "*" {
			for _, element := range v {
				if _, err := field(element, rest); err != nil {
					return nil, err
				}
			}
			return v, nil
		}
		if at, err := strconv.Atoi(name); err == nil && at < len(v) {
			return field(v[at], rest)
		}
	}
	return nil, errors.New("there is no " + name)
}

var placeholder = regexp.MustCompile(`\{(\w+)\}`)

// fill puts what is known into a part of a call.
func fill(v any, known map[string]any) any {
	switch v := v.(type) {
	case string:
		if whole := placeholder.FindStringSubmatch(v); whole != nil && whole[0] == v {
			return known[whole[1]]
		}
		return placeholder.ReplaceAllStringFunc(v, func(name string) string {
			value := known[strings.Trim(name, "{}")]
			if number, ok := value.(float64); ok {
				return strconv.FormatFloat(number, 'f', -1, 64)
			}
			return fmt.Sprint(value)
		})
	case object:
		filled := object{}
		for name, inner := range v {
			filled[name] = fill(inner, known)
		}
		return filled
	case []any:
		filled := []any{}
		for _, inner := range v {
			filled = append(filled, fill(inner, known))
		}
		return filled
	}
	return v
}

// Programs that nobody here wrote come to a paid order, in every world but those that their file says.
func TestOtherPeoplesClientsOrderADomain(t *testing.T) {
	paths, err := filepath.Glob("testdata/clients/*.json")
	if err != nil || len(paths) == 0 {
		t.Fatalf("no clients: %v", err)
	}
	source := regexp.MustCompile(`^[\w./@ -]+:\d+$`)
	for _, path := range paths {
		c := readClient(t, path)
		t.Run(strings.TrimSuffix(filepath.Base(path), ".json"), func(t *testing.T) {
			t.Parallel()
			for _, call := range c.Calls {
				if !source.MatchString(call.Source) {
					t.Errorf("%s: %q is no file and line", call.Call, call.Source)
				}
			}
			all := worlds(t)
			for name := range c.Cannot {
				if _, ok := all[name]; !ok {
					t.Errorf("there is no world %s", name)
				}
			}
			for name, l := range all {
				err := c.buy(t, c.options(t, l))
				if why, cannot := c.Cannot[name]; cannot && err == nil {
					t.Errorf("world %s: it gets through, although %s", name, why)
				} else if !cannot && err != nil {
					t.Errorf("world %s: %v", name, err)
				}
			}
			if c.World != nil {
				if err := c.buy(t, steady(emulator.Like{})); err == nil {
					t.Errorf("it gets through without %s", c.World)
				}
			}
		})
	}
}
