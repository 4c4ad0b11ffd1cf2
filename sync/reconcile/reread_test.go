package reconcile_test

import (
	"testing"
	"time"

	"throughline/models"
)

func (w *world) reread() models.Reread {
	w.t.Helper()
	read, err := w.Reread(w.t.Context(), "C", "LON", true)
	if err != nil {
		w.t.Fatal(err)
	}
	return read
}

// The one who asks is told what came of it, and of nothing that came of an
// earlier question.
func TestReadingAgainSaysWhatCameOfIt(t *testing.T) {
	w := newWorld(t)
	w.erp.changes("C", 518, 7, 0)
	const stands = "The ERP's balance of C in LON was read again and stands here: 518 on hand and 0 allocated in EA, version 7."
	for range 2 {
		if said := w.reread().Sentence(); said != stands {
			t.Fatal(said)
		}
	}
	w.sends(w.erp.changes("C", 99999, 900000, time.Hour))
	w.erp.changes("C", 510, 8, 0)
	const ahead = "The ERP's balance of C in LON was read again and changes nothing: the ERP has 510 on hand and 0 allocated in EA, version 8, " +
		"and we have 99999 on hand and 0 allocated in EA, version 900000. Only a version above ours takes effect: let the ERP send the balance once more."
	if said := w.reread().Sentence(); said != ahead {
		t.Errorf("of a figure that is behind ours it says %q", said)
	}
	w.has("C", 99999)
}

// A name that nothing here has is refused, and reads nothing.
func TestASystemWithoutACopyIsRefused(t *testing.T) {
	w := newCopyWorld(t)
	w.erp.changes("C", 60, 2, 10*time.Minute)
	if _, err := w.Preview(t.Context(), "replenishmnt", "C", "LON"); models.CodeOf(err) != models.CodeInvalid {
		t.Errorf("a preview of it: %v", err)
	}
	if isCopy, err := w.Resync(t.Context(), "replenishmnt", "C", "LON"); isCopy || models.CodeOf(err) != models.CodeInvalid {
		t.Errorf("it is a copy: %t, %v", isCopy, err)
	}
	if isCopy, err := w.Resync(t.Context(), "replenishment", "C", "LON"); !isCopy || err != nil {
		t.Errorf("a copy: %t, %v", isCopy, err)
	}
	if isCopy, err := w.Resync(t.Context(), "erp", "C", "LON"); isCopy || err != nil {
		t.Errorf("the owner: %t, %v", isCopy, err)
	}
}
