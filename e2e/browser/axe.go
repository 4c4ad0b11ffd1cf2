package browser

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/chromedp/chromedp"
)

// Finding is one accessibility fault that axe-core found.
type Finding struct {
	ID     string   `json:"id"`
	Impact string   `json:"impact"` // minor, moderate, serious, critical
	Help   string   `json:"help"`
	Where  []string `json:"where"` // selectors of the elements concerned
}

func (f Finding) String() string {
	return fmt.Sprintf("%s (%s): %s at %s", f.ID, f.Impact, f.Help, strings.Join(f.Where, "; "))
}

// coloured are the rules that look at colours: what another scheme may break.
const coloured = `, runOnly: {type: "rule", values: ["color-contrast", "link-in-text-block"]}`

const runAxe = `axe.run(document, {resultTypes: ["violations"]%s}).then((r) => r.violations.map((v) => ({
	id: v.id, impact: v.impact ?? "minor", help: v.help,
	where: v.nodes.slice(0, 5).map((n) => n.target.join(" ") + " " + (n.failureSummary ?? "").split("\n").slice(1).join(" ")),
})))`

// Axe scans the page as it is shown and returns the serious and critical findings.
func (b *Tab) Axe() []Finding {
	b.t.Helper()
	return b.scan("")
}

// AxeColours scans the page, of which Axe saw all else in another colour scheme, for
// what colours may break.
func (b *Tab) AxeColours() []Finding {
	b.t.Helper()
	return b.scan(coloured)
}

func (b *Tab) scan(only string) []Finding {
	b.t.Helper()
	if !Eval[bool](b, `typeof axe === "object"`) {
		source, err := os.ReadFile(filepath.Join(Root(b.t), "node_modules", "axe-core", "axe.min.js"))
		if err != nil {
			b.t.Fatalf("axe-core is not there, run make build first: %v", err)
		}
		b.Do("load axe-core", chromedp.Evaluate[chromedp.Void](string(source)+"; undefined"))
	}
	var bad []Finding
	for _, f := range Eval[[]Finding](b, fmt.Sprintf(runAxe, only)) {
		if f.Impact == "serious" || f.Impact == "critical" {
			bad = append(bad, f)
		}
	}
	return bad
}
