package pace

import "testing"

func TestParseRate(t *testing.T) {
	for _, c := range []struct {
		text string
		want Rate
		back string
	}{
		{"60/m", 1, "1/s"},
		{"1/s", 1, "1/s"},
		{"0.5/s", 0.5, "30/m"},
		{"3600/h", 1, "1/s"},
		{"5000/s", 5000, "5000/s"},
		{"90/h", 0.025, "90/h"},
		{"off", 0, "off"},
	} {
		got, err := ParseRate(c.text)
		if err != nil || got != c.want || got.String() != c.back {
			t.Errorf("ParseRate(%q) = %v %q, %v; want %v %q", c.text, float64(got), got, err, float64(c.want), c.back)
		}
	}
	for _, text := range []string{"", "60", "60/", "/m", "-1/s", "0/s", "1/d", "NaN/s", "Inf/s", "1e9/s", "1/m/s", "off/s", "1 /s"} {
		if got, err := ParseRate(text); err == nil {
			t.Errorf("ParseRate(%q) = %v, want an error", text, got)
		}
	}
}

func FuzzParseRate(f *testing.F) {
	f.Add("60/m")
	f.Add("off")
	f.Add("1.15741e-05/s") // printed with fewer digits it would be out of range
	f.Fuzz(func(t *testing.T, text string) {
		rate, err := ParseRate(text)
		if err != nil {
			return
		}
		if rate < 0 || rate > fastest {
			t.Fatalf("ParseRate(%q) = %v, out of range", text, float64(rate))
		}
		if _, err := ParseRate(rate.String()); err != nil {
			t.Fatalf("ParseRate(%q) prints as %q, which it does not read: %v", text, rate, err)
		}
	})
}
