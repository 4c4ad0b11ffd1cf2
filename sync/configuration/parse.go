package configuration

import (
	"errors"
	"fmt"
	"strings"

	"github.com/goccy/go-yaml"
	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/parser"

	"throughline/models"
)

// maxSize bounds a file; a large installation needs some kilobytes.
const maxSize = 1 << 20

// Parse reads a throughline.yaml. Its error is a *models.Error whose fields name
// every fault with its line, such as "line 12: systems.erp.interval".
func Parse(text []byte) (*Document, error) {
	if len(text) > maxSize {
		return nil, models.Errorf(models.CodeInvalid, "The configuration is larger than %d bytes.", maxSize)
	}
	var f file
	if err := yaml.UnmarshalWithOptions(text, &f, yaml.Strict()); err != nil {
		return nil, refused(decodingFault(err))
	}
	tree, err := parser.ParseBytes(text, 0)
	if err != nil {
		return nil, refused(decodingFault(err))
	}
	c := checker{tree: tree, lines: map[string]string{}}
	c.check(&f)
	if len(c.faults) > 0 {
		return nil, refused(c.faults...)
	}
	document := f.document(string(text))
	document.Lines = c.lines
	return document, nil
}

func refused(faults ...models.FieldError) error {
	lines := make([]string, len(faults))
	for i, f := range faults {
		lines[i] = "\n  " + f.Field + ": " + f.Message
	}
	e := models.Errorf(models.CodeInvalid, "The configuration is not right:%s", strings.Join(lines, ""))
	e.Fields = faults
	return e
}

// decodingFault is what is wrong with the YAML itself, or with a name or type in it.
func decodingFault(err error) models.FieldError {
	var coded yaml.Error
	if errors.As(err, &coded) && coded.GetToken() != nil {
		return models.FieldError{Field: fmt.Sprintf("line %d", coded.GetToken().Position.Line), Message: coded.GetMessage()}
	}
	message, _, _ := strings.Cut(err.Error(), "\n")
	return models.FieldError{Field: "the file", Message: message}
}

// checker collects what is wrong with a file that could be decoded.
type checker struct {
	tree   *ast.File
	faults []models.FieldError
	lines  map[string]string // by account that is named, where
}

// faultf notes what is wrong at a path of keys.
func (c *checker) faultf(path []string, format string, args ...any) {
	c.faults = append(c.faults, models.FieldError{Field: c.where(path), Message: fmt.Sprintf(format, args...)})
}

func (c *checker) where(path []string) string {
	return fmt.Sprintf("line %d: %s", c.line(path), strings.Join(path, "."))
}

// named notes where an account is named.
func (c *checker) named(path []string, account string) { c.lines[account] = c.where(path) }

// line is where the last key of a path stands that the file has.
func (c *checker) line(path []string) int {
	line := 1
	var node ast.Node
	if len(c.tree.Docs) > 0 {
		node = c.tree.Docs[0].Body
	}
	for _, key := range path {
		value := valueOf(node, key)
		if value == nil {
			break
		}
		line, node = value.Key.GetToken().Position.Line, value.Value
	}
	return line
}

// valueOf is the member of a mapping, nil when it is none or has no such key.
func valueOf(node ast.Node, key string) *ast.MappingValueNode {
	var members []*ast.MappingValueNode
	switch n := node.(type) {
	case *ast.MappingNode:
		members = n.Values
	case *ast.MappingValueNode:
		members = []*ast.MappingValueNode{n}
	}
	for _, m := range members {
		if m.Key.GetToken() != nil && m.Key.GetToken().Value == key {
			return m
		}
	}
	return nil
}
