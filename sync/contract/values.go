package contract

import (
	"errors"
	"regexp"
	"slices"
	"strings"
	"time"
	_ "time/tzdata" // so that every machine knows the same zones
	"unicode/utf8"

	"github.com/shopspring/decimal"

	"throughline/models"
)

// The rules below are those of the $defs in the schemas, word for word; a
// test holds the two equal.
const (
	maxIDLength   = 64
	maxUnitLength = 16
	maxTextLength = 1000
	wholeDigits   = 15
	pointDigits   = 9
)

// id reads an identifier: no control characters, and no bar, which separates
// the parts of ordering keys.
func (s *scanner) id() string { return s.name(1, maxIDLength) }

// optionalID reads an identifier that may be empty.
func (s *scanner) optionalID() string { return s.name(0, maxIDLength) }

func (s *scanner) unit() string { return s.name(1, maxUnitLength) }

func (s *scanner) name(shortest, longest int) string {
	text := s.stringValue()
	if n := utf8.RuneCountInString(text); n < shortest || n > longest {
		s.fail("is empty or too long")
	}
	for i := range len(text) {
		if c := text[i]; c < 0x20 || c == 0x7f || c == '|' {
			s.fail("must not have control characters or |")
		}
	}
	return text
}

func (s *scanner) text() string {
	text := s.stringValue()
	if utf8.RuneCountInString(text) > maxTextLength {
		s.fail("is too long")
	}
	if strings.IndexByte(text, 0) >= 0 {
		s.fail("must not have NUL characters")
	}
	return text
}

func (s *scanner) stringValue() string {
	if c := s.peek(); c != '"' {
		s.wrongKind("must be a string")
		return ""
	}
	return s.str()
}

// wrongKind reads on, so that text that is no JSON at all is told apart.
func (s *scanner) wrongKind(message string) {
	s.skip()
	s.fail(message)
}

func (s *scanner) enum(words ...string) string {
	text := s.stringValue()
	if slices.Contains(words, text) {
		return text
	}
	s.fail("must be one of " + strings.Join(words, ", "))
	return ""
}

func (s *scanner) currency() string {
	text := s.stringValue()
	if len(text) != 3 || strings.Trim(text, "ABCDEFGHIJKLMNOPQRSTUVWXYZ") != "" {
		s.fail("must be an ISO 4217 code")
	}
	return text
}

// day reads a business day, 2006-01-02.
func (s *scanner) day() string {
	text := s.stringValue()
	if s.fault == nil && !validDay(text) {
		s.fail("must be a day, YYYY-MM-DD")
	}
	return text
}

// timestamp reads an RFC 3339 time.
func (s *scanner) timestamp() time.Time {
	text := s.stringValue()
	if s.fault != nil {
		return time.Time{}
	}
	t, err := parseTime(text)
	if err != nil {
		s.fail("must be an RFC 3339 time")
	}
	return t
}

func validDay(text string) bool {
	_, err := time.Parse(time.DateOnly, text)
	return err == nil && plausibleYear(text)
}

func parseTime(text string) (time.Time, error) {
	var t time.Time
	if err := t.UnmarshalText([]byte(text)); err != nil {
		return t, err
	}
	if !plausibleYear(text) {
		return t, errYear
	}
	return t.UTC(), nil
}

func plausibleYear(text string) bool { return text[0] == '1' || text[0] == '2' }

func validClock(text string) bool {
	return len(text) == 5 && clockPattern.MatchString(text)
}

func validZone(text string) bool {
	return len(text) <= maxIDLength && zonePattern.MatchString(text) && loadZone(text) == nil
}

func validGTIN(text string) bool { return text == "" || models.GTIN(text).Valid() }

// loadZone looks the zone up in the time zone database. "Local" is what Go
// calls the machine's own zone, and no place.
func loadZone(text string) error {
	if text == "Local" {
		return errZone
	}
	_, err := time.LoadLocation(text)
	if err != nil {
		return errZone
	}
	return nil
}

var (
	errGTIN      = errors.New("the check digit of the GTIN is wrong")
	errZone      = errors.New("the time zone database has no zone of this name")
	errYear      = errors.New("the year is not between 1000 and 2999")
	clockPattern = regexp.MustCompile(`^([01][0-9]|2[0-3]):[0-5][0-9]$`)
	zonePattern  = regexp.MustCompile(`^[A-Za-z0-9_+-]+(/[A-Za-z0-9_+-]+)*$`)
)

func (s *scanner) matching(valid func(string) bool, message string) string {
	text := s.stringValue()
	if s.fault == nil && !valid(text) {
		s.fail(message)
	}
	return text
}

// integer reads a whole number between lowest and highest, 1.0 and 1e3 included.
func (s *scanner) integer(lowest, highest int64) int64 {
	if c := s.peek(); c != '-' && (c < '0' || c > '9') {
		s.wrongKind("must be a whole number")
		return 0
	}
	text := s.number()
	if s.fault != nil {
		return 0
	}
	n, ok := plainInteger(text)
	if !ok {
		n, ok = anyInteger(text)
	}
	if !ok || n < lowest || n > highest {
		s.fail("must be a whole number within its bounds")
	}
	return n
}

func (s *scanner) version() int64 { return s.integer(0, 1<<63-1) }

func (s *scanner) line() int { return int(s.integer(1, 1<<31-1)) }

func plainInteger(text string) (n int64, ok bool) {
	if len(text) > 18 {
		return 0, false
	}
	for i := range len(text) {
		c := text[i]
		if c < '0' || c > '9' {
			return 0, false
		}
		n = n*10 + int64(c-'0')
	}
	return n, true
}

func anyInteger(text string) (int64, bool) {
	d, err := decimal.NewFromString(text)
	if err != nil || !d.IsInteger() || !d.BigInt().IsInt64() {
		return 0, false
	}
	return d.IntPart(), true
}
