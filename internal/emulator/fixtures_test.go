package emulator_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"
)

// fixture reads a body on record.
func fixture(t *testing.T, name string) any {
	t.Helper()
	text, err := os.ReadFile("testdata/fixtures/" + name + ".json")
	if err != nil {
		t.Fatal(err)
	}
	return decoded(text)
}

// decoded is a body as go-ovh decodes it, with numbers as they were written. It panics where it is no JSON.
func decoded(text []byte) any {
	var v any
	decoder := json.NewDecoder(bytes.NewReader(text))
	decoder.UseNumber()
	if err := decoder.Decode(&v); err != nil {
		panic(err)
	}
	return v
}

// shape is a body's fields and types without its values; a list has those of all its elements.
func shape(v any) string {
	switch v := v.(type) {
	case map[string]any:
		var fields []string
		for name, value := range v {
			fields = append(fields, name+" "+shape(value))
		}
		slices.Sort(fields)
		return "{" + strings.Join(fields, ", ") + "}"
	case []any:
		var elements []string
		for _, value := range v {
			elements = append(elements, shape(value))
		}
		slices.Sort(elements)
		return "[" + strings.Join(slices.Compact(elements), " | ") + "]"
	case nil:
		return "null"
	case json.Number:
		return "number"
	}
	return fmt.Sprintf("%T", v)
}

// without is a body without one field, wherever it is.
func without(v any, field string) any {
	switch v := v.(type) {
	case map[string]any:
		rest := map[string]any{}
		for name, value := range v {
			if name != field {
				rest[name] = without(value, field)
			}
		}
		return rest
	case []any:
		rest := []any{}
		for _, value := range v {
			rest = append(rest, without(value, field))
		}
		return rest
	}
	return v
}

// columns is some fields of each row, a line a row.
func columns(rows any, fields ...string) string {
	var lines []string
	for _, row := range rows.([]any) {
		var cells []string
		for _, field := range fields {
			value, there := row.(map[string]any)[field]
			if !there {
				value = "absent"
			}
			cells = append(cells, fmt.Sprint(value))
		}
		lines = append(lines, strings.Join(cells, " | "))
	}
	return strings.Join(lines, "\n")
}

// renamed is a body with words replaced, in pairs.
func renamed(v any, pairs ...string) any {
	text, err := json.Marshal(v)
	if err != nil {
		panic(err) // it came from JSON
	}
	return decoded([]byte(strings.NewReplacer(pairs...).Replace(string(text))))
}
