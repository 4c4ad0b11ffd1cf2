package patch_test

import (
	"encoding/json"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"throughline/models"
	"throughline/sync/patch"
)

func TestAnEditBecomesAPatchThatTestsWhatItReplaces(t *testing.T) {
	before := `{"item":"22423","on_hand":"12.50","lines":[1,2.0],"unit":"EA"}`
	text, err := patch.Make(before, `{"item":"22423","on_hand":"12.5","lines":[1,2.00],"note":"x"}`)
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{`"op":"test","path":"/on_hand"`, `"op":"replace","path":"/on_hand"`, `"value":2.00`, `"op":"remove","path":"/unit"`, `"op":"add","path":"/note"`} {
		if !strings.Contains(text, want) {
			t.Errorf("%s is missing in %s", want, text)
		}
	}
	if _, err := patch.Apply(strings.Replace(before, "12.50", "13", 1), text); models.CodeOf(err) != models.CodePrecondition {
		t.Errorf("the patch fits another payload: %v", err)
	}
}

func TestWhatIsNoPatchIsRefused(t *testing.T) {
	for _, text := range []string{"", "{}", "[]", "null", `[{"op":"replace"}]`, `[{"op":"jump","path":"/a"}]`, `[{"op":"add","path":"a","value":1}]`, `[1]`} {
		if err := patch.Check(text); models.CodeOf(err) != models.CodeInvalid {
			t.Errorf("%q: %v", text, err)
		}
	}
}

// TestApplyUndoesNothingThatMakeDid: for any two documents the patch of the
// difference makes the second of the first.
func TestApplyUndoesNothingThatMakeDid(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		before, after := document(t, "before"), document(t, "after")
		text, err := patch.Make(before, after)
		if err != nil {
			t.Fatal(err)
		}
		if text == "" {
			return
		}
		got, err := patch.Apply(before, text)
		if err != nil {
			t.Fatalf("%s does not fit %s: %v", text, before, err)
		}
		if left, err := patch.Make(got, after); err != nil || left != "" {
			t.Fatalf("%s with %s is %s, not %s (%s, %v)", before, text, got, after, left, err)
		}
	})
}

func TestATestOfAListWithNullIsRefused(t *testing.T) {
	_, err := patch.Apply(`{"a":[null]}`, `[{"op":"test","path":"/a","value":[null]}]`)
	if models.CodeOf(err) != models.CodePrecondition {
		t.Errorf("%v", err)
	}
}

func document(t *rapid.T, label string) string {
	leaf := rapid.SampledFrom([]any{"x", "", "a/b~c", json.Number("1.0"), json.Number("1.00"), json.Number("12345678901234567890.5"), true})
	value := rapid.OneOf(leaf, rapid.Map(rapid.SliceOfN(leaf, 0, 4), func(v []any) any { return v }),
		rapid.Map(rapid.MapOfN(rapid.SampledFrom([]string{"k", "l/m", "~"}), leaf, 0, 3), func(v map[string]any) any { return v }))
	text, err := json.Marshal(rapid.MapOfN(rapid.SampledFrom([]string{"item", "dc", "on_hand", "lines", "a~b", "c/d"}), value, 0, 6).Draw(t, label))
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// FuzzPatch applies any patch to any document: what it makes is JSON, and the
// patch that is made of the difference leads there too, or is refused.
func FuzzPatch(f *testing.F) {
	f.Add(`{"a":[1,2]}`, `[{"op":"replace","path":"/a/0","value":3}]`)
	f.Add(`{"a":{}}`, `[{"op":"copy","from":"","path":"/a/b"},{"op":"move","from":"/a","path":"/c"}]`)
	f.Add(`[]`, `[{"op":"add","path":"/-","value":null}]`)
	f.Fuzz(func(t *testing.T, document, text string) {
		out, err := patch.Apply(document, text)
		if err != nil {
			if code := models.CodeOf(err); code != models.CodeInvalid && code != models.CodePrecondition {
				t.Fatalf("%v has code %s", err, code)
			}
			return
		}
		if json.Valid([]byte(document)) && !json.Valid([]byte(out)) {
			t.Fatalf("%q with %q is %q, which is not JSON", document, text, out)
		}
		made, err := patch.Make(document, out)
		if err != nil || made == "" {
			return
		}
		again, err := patch.Apply(document, made)
		if err != nil {
			return
		}
		if left, err := patch.Make(again, out); err != nil || left != "" {
			t.Fatalf("%q becomes %q by %q and %q by the difference %q", document, out, text, again, made)
		}
	})
}
