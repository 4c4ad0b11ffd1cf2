package models_test

import (
	"bytes"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"throughline/models"
)

// An act is a noun and a verb; where code puts it together, the noun and a dot.
var act = regexp.MustCompile(`^[a-z_]+\.[a-z_]*$`)

// auditors stand in the text of what writes the audit trail.
var auditors = []string{"udit", "byHand", "addPause"}

// verbs are what code puts behind a noun: of these types, and besides them.
var (
	verbTypes = map[string]string{"ExceptionAction": "exception.", "BulkStatus": "bulk.", "DecisionVerdict": "proposal."}
	verbs     = map[string][]string{
		"exception.": {"accept", "chase", "evaluate", "reconcile", "reread"},
		"triage.":    {"acknowledge", "assign", "shelve", "undo"},
		"route.":     {"pause", "resume"},
	}
	// They look like acts and are none; neither is what ends like a time, which is a column.
	others = []string{"watch.audit", "watch.follow", "watch.sweep", "throughline.yaml"}
)

// TestEachAuditedActIsWorkOrIsNone reads the program's text: whoever adds an act to
// the audit trail says what it costs a person, or that it is nobody's work.
func TestEachAuditedActIsWorkOrIsNone(t *testing.T) {
	found := map[string]string{} // the act to the file
	for _, root := range []string{".", "../sync", "../handlers", "../web/app"} {
		err := filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
			if err != nil || d.IsDir() || !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go") {
				return err
			}
			return collectActs(path, found)
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	for noun, with := range verbs {
		for _, verb := range with {
			found[noun+verb] = "what the test lists"
		}
	}
	none := models.NotManualWork()
	counted := 0
	for name, file := range found {
		noun, verb, _ := strings.Cut(name, ".")
		switch {
		case slices.Contains(others, name), slices.Contains(none, name), slices.Contains(none, noun+"."):
		case verb == "":
			if len(verbs[name]) == 0 && !slices.Contains(slices.Collect(maps.Values(verbTypes)), name) {
				t.Errorf("%s puts acts of %s together: say here what its verbs are", file, noun)
			}
		case models.ManualWorkOf(name).Minutes == 0:
			t.Errorf("%s audits %s, which is neither in ManualWorkKinds nor in NotManualWork", file, name)
		default:
			counted++
		}
	}
	if counted < 40 {
		t.Errorf("only %d acts were found", counted)
	}
	for _, kind := range models.ManualWorkKinds() {
		if found[kind.Kind] == "" && kind.Kind != models.WorkChangedQuantity {
			t.Errorf("nothing audits %s", kind.Kind)
		}
	}
}

// collectActs adds the acts that a file names, if it writes the audit trail, and the verbs of verbTypes.
func collectActs(path string, found map[string]string) error {
	text, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	has := func(word string) bool { return bytes.Contains(text, []byte(word)) }
	audits := slices.ContainsFunc(auditors, has)
	types := slices.ContainsFunc(slices.Collect(maps.Keys(verbTypes)), func(kind string) bool { return has(" " + kind + " = ") })
	if !audits && !types || filepath.Base(path) == "manual_work.go" { // which is the lists themselves
		return nil
	}
	file, err := parser.ParseFile(token.NewFileSet(), path, text, parser.SkipObjectResolution)
	if err != nil {
		return err
	}
	ast.Inspect(file, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.ValueSpec:
			if kind, ok := n.Type.(*ast.Ident); ok && verbTypes[kind.Name] != "" {
				for _, v := range n.Values {
					found[verbTypes[kind.Name]+literal(v)] = path
				}
			}
		case *ast.CallExpr, *ast.CompositeLit, *ast.AssignStmt, *ast.BinaryExpr:
			if audits {
				actsIn(n, path, found)
			}
		}
		return true
	})
	return nil
}

// actsIn adds the acts among the direct parts of a node.
func actsIn(n ast.Node, path string, found map[string]string) {
	var parts []ast.Expr
	switch n := n.(type) {
	case *ast.CallExpr:
		if name, ok := n.Fun.(*ast.SelectorExpr); ok && (name.Sel.Name == "TrimPrefix" || name.Sel.Name == "HasPrefix") {
			return
		}
		parts = n.Args
	case *ast.CompositeLit:
		for _, e := range n.Elts {
			if kv, ok := e.(*ast.KeyValueExpr); ok {
				parts = append(parts, kv.Value)
			}
		}
	case *ast.AssignStmt:
		parts = n.Rhs
	case *ast.BinaryExpr:
		if n.Op == token.ADD {
			parts = []ast.Expr{n.X}
		}
	}
	for _, p := range parts {
		if name := literal(p); act.MatchString(name) && !strings.HasSuffix(name, "_at") {
			found[name] = path
		}
	}
}

func literal(e ast.Expr) string {
	lit, ok := e.(*ast.BasicLit)
	if !ok || lit.Kind != token.STRING {
		return ""
	}
	text, err := strconv.Unquote(lit.Value)
	if err != nil {
		return ""
	}
	return text
}
