package api_test

import (
	"testing"

	"tldsweep/internal/api"
)

func TestWhichEndpointsAreOVHclouds(t *testing.T) {
	for endpoint, want := range map[string]bool{
		"https://eu.api.ovh.com/1.0":          true,
		"https://api.ovh.com/v1":              true,
		"https://API.eu.ovhcloud.com/1.0/":    true,
		"https://ca.api.ovh.com/1.0":          true,
		"https://api.us.ovhcloud.com/1.0":     true,
		"http://127.0.0.1:8080/1.0":           false,
		"https://eu.api.ovh.com.example/1.0":  false,
		"https://example.com/eu.api.ovh.com/": false,
		"emulator":                            false,
		"":                                    false,
	} {
		if got := api.IsOVHcloud(endpoint); got != want {
			t.Errorf("%q: %v, want %v", endpoint, got, want)
		}
	}
}
