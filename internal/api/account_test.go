package api

import "testing"

func TestRulesAllow(t *testing.T) {
	for _, test := range []struct {
		pattern, path string
		want          bool
	}{
		{"/*", "/order/cart", true},
		{"*", "/order/cart", true},
		{"/order/cart", "/order/cart", true},
		{"/order/cart", "/order/cart/x", false},
		{"/order/cart/*", "/order/cart", false},
		{"/order/cart/*", "/order/cart/x/domain", true},
		{"/order/*/domain", "/order/cart/x/domain", true},
		{"/order/*/domain", "/order/cart/x/item", false},
		{"/me*", "/me", true},
		{"/me*", "/me/order/1", true},
		{"/a*a", "/a", false},
		{"", "/me", false},
	} {
		if got := matches(test.pattern, test.path); got != test.want {
			t.Errorf("%s and %s: %t", test.pattern, test.path, got)
		}
	}
}
