// Package patch makes and applies RFC 6902 JSON Patches of payloads. Numbers
// keep their text: a decimal never becomes a float on the way.
package patch

import (
	"bytes"
	"encoding/json"
	"errors"
	"strings"

	jsonpatch "github.com/evanphx/json-patch/v5"
	"github.com/wI2L/jsondiff"

	"throughline/models"
)

// Bounds of a patch and of what it makes.
const (
	maxBytes      = 256 << 10
	maxOperations = 200
)

// Make is the patch that turns before into after, each replaced or removed
// value tested first; empty when they say the same.
func Make(before, after string) (string, error) {
	if len(after) > maxBytes {
		return "", models.Errorf(models.CodeInvalid, "The edited payload is too long: at most %d bytes.", maxBytes)
	}
	ops, err := jsondiff.CompareJSON([]byte(before), []byte(after), jsondiff.Invertible(), jsondiff.UnmarshalFunc(exact))
	if err != nil {
		return "", models.Wrap(models.CodeInvalid, err, "The payload is not JSON, so that no difference to it can be made.")
	}
	if len(ops) == 0 {
		return "", nil
	}
	text, err := json.Marshal(ops)
	if err != nil {
		return "", models.Wrap(models.CodeInvalid, err, "The difference cannot be written.")
	}
	return string(text), nil
}

// exact decodes with the text of numbers kept, and nothing after the value.
func exact(data []byte, into any) error {
	d := json.NewDecoder(bytes.NewReader(data))
	d.UseNumber()
	return d.Decode(into)
}

// Check refuses what is no patch, or one that is too long to be meant.
func Check(text string) error {
	_, err := decode(text)
	return err
}

func decode(text string) (jsonpatch.Patch, error) {
	if len(text) > maxBytes {
		return nil, models.Errorf(models.CodeInvalid, "The patch is too long: at most %d bytes.", maxBytes)
	}
	if !strings.HasPrefix(strings.TrimSpace(text), "[") {
		return nil, models.Errorf(models.CodeInvalid, "A JSON Patch is a list of operations: [{\"op\": \"replace\", \"path\": \"/unit\", \"value\": \"EA\"}].")
	}
	p, err := jsonpatch.DecodePatch([]byte(text))
	if err != nil {
		return nil, models.Wrap(models.CodeInvalid, err, "This is not a JSON Patch (RFC 6902).")
	}
	if len(p) == 0 || len(p) > maxOperations {
		return nil, models.Errorf(models.CodeInvalid, "A patch has 1 to %d operations.", maxOperations)
	}
	for _, op := range p {
		if path, err := op.Path(); err != nil || path != "" && path[0] != '/' {
			return nil, models.Errorf(models.CodeInvalid, "Each operation needs a path, a JSON Pointer such as /unit.")
		}
		switch op.Kind() {
		case "add", "remove", "replace", "move", "copy", "test":
		default:
			return nil, models.Errorf(models.CodeInvalid, "%q is not an operation of a JSON Patch.", op.Kind())
		}
	}
	return p, nil
}

// Apply makes the patched document; CodePrecondition when the patch does not fit it.
func Apply(document, text string) (patched string, err error) {
	p, err := decode(text)
	if err != nil {
		return "", err
	}
	options := jsonpatch.NewApplyOptions()
	options.AccumulatedCopySizeLimit = maxBytes
	options.SupportNegativeIndices = false
	out, err := contained(func() ([]byte, error) { return p.ApplyWithOptions([]byte(document), options) })
	if err != nil {
		return "", models.Wrap(models.CodePrecondition, err, "The patch does not fit this payload: "+firstLine(err)+".")
	}
	if len(out) > maxBytes {
		return "", models.Errorf(models.CodePrecondition, "The patched payload is too long: at most %d bytes.", maxBytes)
	}
	return string(out), nil
}

// contained turns a panic into an error: the library's comparison of a list
// that holds null does not expect it.
func contained(work func() ([]byte, error)) (out []byte, err error) {
	defer func() {
		if p := recover(); p != nil {
			err = errors.New("a list in it holds null, which a test cannot compare")
		}
	}()
	return work()
}

func firstLine(err error) string {
	line, _, _ := strings.Cut(err.Error(), "\n")
	return strings.ToValidUTF8(line, "?")
}
