package models_test

import (
	"testing"

	"throughline/models"
)

// FuzzFlowCutOf holds that a part of the flow is read as it is written, and that
// what cannot be read is the caller's fault.
func FuzzFlowCutOf(f *testing.F) {
	for _, seed := range []string{"flow", "flow:", "flow:dc=LON&entity=inventory&version=v1", "flow:%zz", "flow:dc=a;b", "flow:dc=%00&dc=b", ""} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		cut, err := models.FlowCutOf(models.Topic(text))
		if err != nil {
			if models.CodeOf(err) != models.CodeInvalid {
				t.Fatalf("%q is refused as %s", text, models.CodeOf(err))
			}
			return
		}
		if again, err := models.FlowCutOf(models.TopicFlow(cut)); err != nil || again != cut {
			t.Errorf("%q is %+v, and written and read again %+v, %v", text, cut, again, err)
		}
	})
}
