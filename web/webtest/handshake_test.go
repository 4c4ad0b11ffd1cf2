package webtest_test

import (
	"net/http"
	"strings"
	"testing"

	"throughline/web/webtest"
)

func TestASenderOfWebhooksAsksWhetherItMayDeliver(t *testing.T) {
	client := webtest.Start(t).Stranger()
	asked := http.Header{"Webhook-Request-Origin": {"erp.example.com"}, "Webhook-Request-Rate": {"120"}}
	agreed := client.Do(http.MethodOptions, "/api/v1/events", nil, asked)
	if agreed.Status != http.StatusOK || agreed.Header.Get("WebHook-Allowed-Origin") != "erp.example.com" || agreed.Header.Get("WebHook-Allowed-Rate") != "*" {
		t.Errorf("%d %v", agreed.Status, agreed.Header)
	}
	plain := client.Do(http.MethodOptions, "/api/v1/events", nil, nil)
	if plain.Status != http.StatusOK || plain.Header.Get("Allow") != "OPTIONS, POST" || plain.Header.Get("WebHook-Allowed-Origin") != "" {
		t.Errorf("of no webhook: %d %v", plain.Status, plain.Header)
	}
	// To be agreed to is no key.
	if p := client.Do(http.MethodPost, "/api/v1/events", strings.NewReader("{}"), asked); p.Status != http.StatusUnauthorized {
		t.Errorf("without a key: %d %s", p.Status, p.Body)
	}
}
