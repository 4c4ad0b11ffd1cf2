package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

const module = "throughline"

// rule says what the packages that it matches must not import, tests included
// only where they are part of the package itself. An entry ending in /... stands
// for a whole tree; unless holds exceptions to forbid.
type rule struct {
	of     string
	except []string
	forbid []string
	unless []string
}

func rules() []rule {
	pages := []string{"github.com/a-h/templ/...", "throughline/handlers/...", "throughline/views/..."}
	return []rule{
		{of: "models", forbid: []string{"throughline/...", "gorm.io/...", "github.com/labstack/echo/...", "github.com/a-h/templ/...", "net/http"}},
		{of: "models/store", forbid: append(pages, "github.com/labstack/echo/...", "throughline/sync/...", "throughline/web/...")},
		{of: "sync/connector/...", forbid: append(pages, "github.com/labstack/echo/...", "throughline/models/store/...", "throughline/web/...", "throughline/sync/..."),
			unless: []string{"throughline/sync/connector", "throughline/sync/connector/connectortest"}},
		{of: "sync/simulator/...", forbid: append(pages, "throughline/models/store", "throughline/web/...", "throughline/sync/..."),
			unless: []string{"throughline/sync/simulator/..."}},
		{of: "sync/...", forbid: append(pages, "github.com/labstack/echo/...", "github.com/gorilla/...", "throughline/web/...")},
		{of: "views/...", forbid: []string{"gorm.io/...", "github.com/labstack/echo/...", "throughline/models/store/...", "throughline/sync/...", "throughline/handlers/...", "throughline/web/..."}},
		{of: "handlers/...", forbid: []string{"gorm.io/...", "throughline/models/store/...", "throughline/sync/...", "throughline/web/..."},
			unless: []string{"throughline/web/render", "throughline/web/form", "throughline/web/session", "throughline/web/authz"}},
		{of: "...", except: []string{"", "web/app", "web/webtest", "e2e/..."}, forbid: []string{"throughline/web/app"}},
	}
}

type listedPackage struct {
	ImportPath string
	Imports    []string
}

func TestImportsKeepTheirRules(t *testing.T) {
	packages := listPackages(t)
	for _, r := range rules() {
		for _, p := range packages {
			path := strings.TrimPrefix(strings.TrimPrefix(p.ImportPath, module), "/")
			if !matches(r.of, path) || matchesAny(r.except, path) {
				continue
			}
			for _, imported := range p.Imports {
				if matchesAny(r.forbid, imported) && !matchesAny(r.unless, imported) {
					t.Errorf("%s imports %s, which packages of %s must not", p.ImportPath, imported, r.of)
				}
			}
		}
	}
}

func TestNoPackageIsNamedSync(t *testing.T) {
	files, err := filepath.Glob("sync/*.go")
	if err != nil || len(files) > 0 {
		t.Fatalf("no Go file may stand directly in sync/, where it would shadow the standard package: %v %v", files, err)
	}
}

// TestGeneratedCodeIsCurrent generates every templ file again, in a copy, and compares.
func TestGeneratedCodeIsCurrent(t *testing.T) {
	copied := t.TempDir()
	names := templFiles(t)
	for _, name := range names {
		target := filepath.Join(copied, name)
		if err := os.MkdirAll(filepath.Dir(target), 0o755); err != nil {
			t.Fatal(err)
		}
		writeFile(t, target, readFile(t, name))
	}
	cmd := exec.CommandContext(t.Context(), "go", "tool", "templ", "generate", "-path", copied, "-log-level", "error")
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("templ generate: %v\n%s", err, out)
	}
	for _, name := range names {
		generated := strings.TrimSuffix(name, ".templ") + "_templ.go"
		if !bytes.Equal(readFile(t, generated), readFile(t, filepath.Join(copied, generated))) {
			t.Errorf("%s is not what %s generates: run make generate", generated, name)
		}
	}
}

func listPackages(t *testing.T) []listedPackage {
	t.Helper()
	out, err := exec.CommandContext(t.Context(), "go", "list", "-json=ImportPath,Imports", "./...").Output()
	if err != nil {
		t.Fatalf("go list: %v", err)
	}
	var packages []listedPackage
	for dec := json.NewDecoder(strings.NewReader(string(out))); ; {
		var p listedPackage
		err := dec.Decode(&p)
		if errors.Is(err, io.EOF) {
			return packages
		}
		if err != nil {
			t.Fatal(err)
		}
		packages = append(packages, p)
	}
}

func matchesAny(patterns []string, path string) bool {
	return slices.ContainsFunc(patterns, func(p string) bool { return matches(p, path) })
}

func matches(pattern, path string) bool {
	tree, isTree := strings.CutSuffix(pattern, "...")
	if !isTree {
		return pattern == path
	}
	return tree == "" || path == strings.TrimSuffix(tree, "/") || strings.HasPrefix(path, tree)
}

func templFiles(t *testing.T) []string {
	t.Helper()
	var found []string
	err := filepath.WalkDir("views", func(path string, _ os.DirEntry, err error) error {
		if filepath.Ext(path) == ".templ" {
			found = append(found, path)
		}
		return err
	})
	if err != nil || len(found) == 0 {
		t.Fatalf("no templ file was found: %v", err)
	}
	return found
}

func readFile(t *testing.T, name string) []byte {
	t.Helper()
	content, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	return content
}

func writeFile(t *testing.T, name string, content []byte) {
	t.Helper()
	if err := os.WriteFile(name, content, 0o600); err != nil {
		t.Fatal(err)
	}
}
