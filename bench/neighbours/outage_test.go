package main

import (
	"testing"

	"throughline/sync/configuration"
)

// TestTheDeclaredRouteIsAccepted keeps the measurement from failing after minutes.
func TestTheDeclaredRouteIsAccepted(t *testing.T) {
	if _, err := configuration.Parse([]byte(declared("127.0.0.1:1"))); err != nil {
		t.Fatal(err)
	}
}
