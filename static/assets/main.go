// Command assets copies what the pages need from node_modules to
// static/vendor, with a notice of who made it and under which licence.
// Run it at the root of the repository, after npm ci: go run ./static/assets
package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
)

// library is one npm package and the files that a browser loads from it,
// by their path in the package and their name in static/vendor.
type library struct {
	name    string
	licence string
	files   map[string]string
}

func libraries() []library {
	return []library{
		{"htmx.org", "LICENSE", map[string]string{
			"dist/htmx.min.js":      "htmx.js",
			"dist/ext/hx-ws.min.js": "hx-ws.js",
		}},
		{"uplot", "LICENSE", map[string]string{
			"dist/uPlot.iife.min.js": "uplot.js",
			"dist/uPlot.min.css":     "uplot.css",
		}},
		{"@fontsource-variable/inter", "LICENSE", map[string]string{
			"files/inter-latin-wght-normal.woff2":     "inter-latin.woff2",
			"files/inter-latin-ext-wght-normal.woff2": "inter-latin-ext.woff2",
		}},
	}
}

func main() {
	if err := run("node_modules", filepath.Join("static", "vendor")); err != nil {
		fmt.Fprintln(os.Stderr, "assets:", err)
		os.Exit(1)
	}
}

// run copies every library's files from modules to vendor and writes the
// licences of all of them to vendor/THIRD-PARTY.txt.
func run(modules, vendor string) error {
	var notice bytes.Buffer
	notice.WriteString("Throughline's pages are built with the following works.\n")
	for _, lib := range libraries() {
		root := filepath.Join(modules, filepath.FromSlash(lib.name))
		if err := describe(&notice, root, lib); err != nil {
			if errors.Is(err, fs.ErrNotExist) {
				return fmt.Errorf("%s is not installed, run npm ci --ignore-scripts first: %w", lib.name, err)
			}
			return err
		}
		for from, to := range lib.files {
			if err := copyFile(filepath.Join(root, filepath.FromSlash(from)), filepath.Join(vendor, to)); err != nil {
				return err
			}
		}
	}
	return write(filepath.Join(vendor, "THIRD-PARTY.txt"), notice.Bytes())
}

func describe(notice *bytes.Buffer, root string, lib library) error {
	var manifest struct {
		Version string `json:"version"`
		License string `json:"license"`
	}
	raw, err := os.ReadFile(filepath.Join(root, "package.json"))
	if err != nil {
		return err
	}
	if err := json.Unmarshal(raw, &manifest); err != nil {
		return fmt.Errorf("%s: %w", lib.name, err)
	}
	licence, err := os.ReadFile(filepath.Join(root, lib.licence))
	if err != nil {
		return err
	}
	fmt.Fprintf(notice, "\n--- %s %s (%s) ---\n\n%s\n", lib.name, manifest.Version, manifest.License, bytes.TrimSpace(licence))
	return nil
}

func copyFile(from, to string) error {
	content, err := os.ReadFile(from)
	if err != nil {
		return err
	}
	return write(to, content)
}

// write leaves an unchanged file alone: its time decides whether make rebuilds.
func write(path string, content []byte) error {
	if old, err := os.ReadFile(path); err == nil && bytes.Equal(old, content) {
		return nil
	}
	return os.WriteFile(path, content, 0o644)
}
