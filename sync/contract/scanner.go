package contract

import (
	"strconv"
	"strings"
	"unicode/utf16"
	"unicode/utf8"
)

// Bounds of any payload, known members or not.
const (
	maxDepth        = 32
	maxNumberLength = 48
	maxExponent     = 30
)

// scanner reads JSON text once, from left to right. It is stricter than the
// JSON grammar where a second reader could understand the same text in another
// way: invalid UTF-8, lone surrogates and numbers beyond every use are faults.
// The first fault stops it.
type scanner struct {
	in    string
	at    int
	depth int
	field string // the member being read, for the fault's pointer
	fault *Fault
}

// Fault is why a payload was refused without asking its schema.
type Fault struct {
	Pointer string
	Message string
	Syntax  bool // the text is not JSON that every reader understands alike
}

func (f *Fault) Error() string {
	if f.Pointer == "" {
		return f.Message
	}
	return f.Pointer + ": " + f.Message
}

func (s *scanner) fail(message string) {
	if s.fault == nil {
		s.fault = &Fault{Pointer: s.pointer(), Message: message}
		s.at = len(s.in)
	}
}

func (s *scanner) failSyntax(message string) {
	if s.fault == nil {
		s.fault = &Fault{Pointer: s.pointer(), Message: message + " at byte " + strconv.Itoa(s.at), Syntax: true}
		s.at = len(s.in)
	}
}

func (s *scanner) pointer() string {
	if s.field == "" {
		return ""
	}
	return "/" + strings.NewReplacer("~", "~0", "/", "~1").Replace(s.field)
}

// peek skips white space and returns the next byte, 0 at the end.
func (s *scanner) peek() byte {
	for s.at < len(s.in) {
		switch c := s.in[s.at]; c {
		case ' ', '\t', '\n', '\r':
			s.at++
		default:
			return c
		}
	}
	return 0
}

func (s *scanner) expect(c byte) bool {
	if s.peek() != c {
		s.failSyntax("expected " + strconv.QuoteRune(rune(c)))
		return false
	}
	s.at++
	return true
}

// end reports a fault when anything but white space is left.
func (s *scanner) end() {
	if s.fault == nil && s.peek() != 0 || s.at < len(s.in) {
		s.failSyntax("more text after the value")
	}
}

func (s *scanner) enter() bool {
	s.depth++
	if s.depth > maxDepth {
		s.failSyntax("nested deeper than " + strconv.Itoa(maxDepth) + " levels")
		return false
	}
	return true
}

// str reads a string; text without escapes is a slice of the input.
func (s *scanner) str() string {
	if !s.expect('"') {
		return ""
	}
	for i := s.at; i < len(s.in); i++ {
		switch c := s.in[i]; {
		case c == '"':
			text := s.in[s.at:i]
			s.at = i + 1
			return text
		case c == '\\':
			return s.escaped(i)
		case c < 0x20:
			s.at = i
			s.failSyntax("control character in a string")
			return ""
		}
	}
	s.failSyntax("string without an end")
	return ""
}

// escaped reads the rest of a string whose first escape is at i.
func (s *scanner) escaped(i int) string {
	text := append(make([]byte, 0, i-s.at+16), s.in[s.at:i]...)
	for i < len(s.in) {
		c := s.in[i]
		switch {
		case c == '"':
			s.at = i + 1
			return string(text)
		case c < 0x20:
			s.at = i
			s.failSyntax("control character in a string")
			return ""
		case c != '\\':
			text = append(text, c)
			i++
			continue
		}
		r, size := unescape(s.in[i:])
		if size == 0 {
			s.at = i
			s.failSyntax("invalid escape in a string")
			return ""
		}
		text = utf8.AppendRune(text, r)
		i += size
	}
	s.failSyntax("string without an end")
	return ""
}

// unescape reads one escape sequence; size 0 says that it is invalid.
func unescape(in string) (r rune, size int) {
	if len(in) < 2 {
		return 0, 0
	}
	if i := strings.IndexByte(`"\/bfnrt`, in[1]); i >= 0 {
		return rune("\"\\/\b\f\n\r\t"[i]), 2
	}
	high, ok := hexRune(in)
	switch {
	case !ok:
		return 0, 0
	case !utf16.IsSurrogate(high):
		return high, 6
	}
	low, ok := hexRune(in[6:])
	if pair := utf16.DecodeRune(high, low); ok && pair != utf8.RuneError {
		return pair, 12
	}
	return 0, 0
}

func hexRune(in string) (rune, bool) {
	if len(in) < 6 || in[0] != '\\' || in[1] != 'u' {
		return 0, false
	}
	var r rune
	for _, c := range []byte(in[2:6]) {
		switch {
		case '0' <= c && c <= '9':
			r = r<<4 | rune(c-'0')
		case 'a' <= c && c <= 'f':
			r = r<<4 | rune(c-'a'+10)
		case 'A' <= c && c <= 'F':
			r = r<<4 | rune(c-'A'+10)
		default:
			return 0, false
		}
	}
	return r, true
}

// number reads the text of a number.
func (s *scanner) number() string {
	s.peek()
	start := s.at
	i := start
	if i < len(s.in) && s.in[i] == '-' {
		i++
	}
	whole := i
	i = digits(s.in, i)
	switch {
	case start == len(s.in):
		s.failSyntax("it ends where a value should follow")
		return ""
	case i == start:
		s.failSyntax("expected a value")
		return ""
	case i == whole || (s.in[whole] == '0' && i > whole+1):
		s.failSyntax("expected a number")
		return ""
	}
	if i < len(s.in) && s.in[i] == '.' {
		fraction := i + 1
		if i = digits(s.in, fraction); i == fraction {
			s.failSyntax("expected digits after the point")
			return ""
		}
	}
	if i < len(s.in) && s.in[i]|0x20 == 'e' {
		if i = s.exponent(i + 1); i < 0 {
			return ""
		}
	}
	if i-start > maxNumberLength {
		s.failSyntax("number longer than " + strconv.Itoa(maxNumberLength) + " characters")
		return ""
	}
	s.at = i
	return s.in[start:i]
}

func (s *scanner) exponent(i int) int {
	if i < len(s.in) && (s.in[i] == '+' || s.in[i] == '-') {
		i++
	}
	end := digits(s.in, i)
	n, err := strconv.Atoi(s.in[i:end])
	if err != nil || n > maxExponent {
		s.failSyntax("invalid exponent, or one beyond " + strconv.Itoa(maxExponent))
		return -1
	}
	return end
}

func digits(in string, i int) int {
	for i < len(in) && '0' <= in[i] && in[i] <= '9' {
		i++
	}
	return i
}

// literal reads true, false or null.
func (s *scanner) literal(word string) {
	s.peek()
	if !strings.HasPrefix(s.in[s.at:], word) {
		s.failSyntax("expected a JSON value")
		return
	}
	s.at += len(word)
}
