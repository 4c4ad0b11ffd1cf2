package store

import (
	"encoding/json"
	"regexp"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"throughline/models"
)

// sortType is the SQL type of what a list is sorted by.
type sortType string

const (
	sortText    sortType = "text"
	sortNumber  sortType = "numeric"
	sortInteger sortType = "bigint" // compares with an id as its index holds it
	sortTime    sortType = "timestamptz"
)

// sortBy is an SQL expression that a list is sorted by. It is never NULL, or the
// comparison that finds a page would lose rows; noTime stands for no time.
type sortBy struct {
	expr string
	kind sortType
}

const noTime = `timestamptz '9999-12-31 00:00:00Z'`

// keyset reads a list in pages without counting rows: each row has a place, and
// a page begins after one. All parts go in one direction, so that one comparison
// of rows finds it; the last part makes the order total. A place carries the
// order's name, since it means nothing in another.
type keyset struct {
	name       string
	parts      []sortBy
	descending bool
}

// sorted is the order that a reader asked for by a list's columns, else its own.
// What makes the list's own order total, its last part, does so for the others.
func sorted(s models.Sorting, columns map[string]sortBy, own keyset) keyset {
	by, known := columns[s.Key]
	if !known {
		return own
	}
	return keyset{s.String(), []sortBy{by, own.parts[len(own.parts)-1]}, s.Descending}
}

// orderBy is the clause without its words.
func (k keyset) orderBy() string {
	direction := ""
	if k.descending {
		direction = " DESC"
	}
	return k.join(func(_ int, p sortBy) string { return p.expr + direction })
}

// place is the expression of a row's place, as after reads it.
func (k keyset) place() string {
	return "json_build_array('" + k.name + "', " + k.join(func(_ int, p sortBy) string {
		if p.kind == sortTime {
			return "to_char(" + p.expr + ` AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"')`
		}
		return "CAST(" + p.expr + " AS text)"
	}) + ")::text"
}

// after is the condition that a row comes after a place, with its values. An
// empty place is before all rows; one that is none of this order is refused.
func (k keyset) after(place string) (condition string, values binds, err error) {
	if place == "" {
		return "true", binds{}, nil
	}
	var texts []string
	if err := json.Unmarshal([]byte(place), &texts); err != nil || len(texts) != len(k.parts)+1 || texts[0] != k.name {
		return "", nil, errNoSuchPlace()
	}
	texts, values = texts[1:], binds{}
	for i, p := range k.parts {
		if !p.kind.holds(texts[i]) {
			return "", nil, errNoSuchPlace()
		}
		values[placeName(i)] = texts[i]
	}
	than := " > "
	if k.descending {
		than = " < "
	}
	return "(" + k.join(func(_ int, p sortBy) string { return p.expr }) + ")" + than +
		"(" + k.join(func(i int, p sortBy) string { return "CAST(@" + placeName(i) + " AS " + string(p.kind) + ")" }) + ")", values, nil
}

func (k keyset) join(part func(int, sortBy) string) string {
	texts := make([]string, len(k.parts))
	for i, p := range k.parts {
		texts[i] = part(i, p)
	}
	return strings.Join(texts, ", ")
}

func placeName(i int) string { return "place_" + strconv.Itoa(i) }

var plainInteger = regexp.MustCompile(`^-?[0-9]{1,18}$`)

var plainNumber = regexp.MustCompile(`^-?[0-9]{1,30}(\.[0-9]{1,30})?$`)

// holds refuses what a person has typed into an address and Postgres cannot read.
func (t sortType) holds(text string) bool {
	switch t {
	case sortNumber:
		return plainNumber.MatchString(text)
	case sortInteger:
		return plainInteger.MatchString(text)
	case sortTime:
		at, err := time.Parse(time.RFC3339Nano, text)
		return err == nil && at.Year() > 0 && at.Location() == time.UTC
	default:
		return utf8.ValidString(text) && !strings.ContainsRune(text, 0)
	}
}

func errNoSuchPlace() error {
	return models.Errorf(models.CodeInvalid, "This page of the list is no more; start at its top.")
}
