package live

import (
	"context"
	"net/http"
	"net/http/httptest"
	"net/url"
	"testing"

	"throughline/models"
)

// FuzzTopics holds that a viewer gets the topics that it named, each of a kind that
// it may see, or none.
func FuzzTopics(f *testing.F) {
	for _, seed := range []string{
		"topic=overview", "topic=flow", "topic=flow%3Adc%3DLON%26entity%3Dinventory", "topic=flow%3A%25zz", "topic=nav%3Aida&topic=overview",
		"topic=", "topic=%3A", "topic=secret%3Ax", "", "topic=a&topic=a&topic=a&topic=a", "topic=overview%00",
	} {
		f.Add(seed)
	}
	hub, err := New(Config{
		Hints: quiet{}, MaxTopics: 3,
		Identify: func(*http.Request) (models.User, bool, error) {
			return models.User{Name: "ida", Role: models.RoleIT}, true, nil
		},
		Kinds: map[string]Kind{
			"overview": {}, "flow": {},
			"nav":    {Allow: func(u models.User, topic models.Topic) bool { return topic == models.Topic("nav:"+u.Name) }},
			"secret": {Allow: func(models.User, models.Topic) bool { return false }},
		},
	})
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, query string) {
		r := httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/live", http.NoBody)
		r.URL = &url.URL{Path: "/live", RawQuery: query}
		named := r.URL.Query()["topic"]
		topics, err := hub.topicsOf(models.User{Name: "ida", Role: models.RoleIT}, r)
		if err != nil {
			if topics != nil {
				t.Fatalf("%q is refused and gets %q", query, topics)
			}
			return
		}
		if len(topics) == 0 || len(topics) > 3 || len(topics) != len(named) {
			t.Fatalf("%q gets %q", query, topics)
		}
		for i, topic := range topics {
			if string(topic) != named[i] || !hub.mayView(models.User{Name: "ida"}, topic) || topic == "secret" {
				t.Errorf("%q gets %q", query, topic)
			}
		}
	})
}

// quiet has nothing to tell.
type quiet struct{}

func (quiet) Listen(context.Context) <-chan models.Hint { return nil }
