package api_test

import (
	"io"
	"net/http"
	"strings"
	"testing"
)

// export reads an export's lines; an error says that it broke off.
func export(t *testing.T, url string) (status int, lines []string, _ error) {
	t.Helper()
	return exportAs(t, url, readKey)
}

func exportAs(t *testing.T, url, key string) (status int, lines []string, _ error) {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, url, http.NoBody)
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set(authorization, key)
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = res.Body.Close() }()
	body, err := io.ReadAll(res.Body)
	return res.StatusCode, strings.Split(strings.TrimSpace(string(body)), "\n"), err
}
