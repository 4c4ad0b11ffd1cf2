package models

import (
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

// SourceName is how people write the name that a source has in its key:
// "erp" is ERP, "forecasting" Forecasting. A name with capitals stays as it is.
func SourceName(source string) string {
	switch {
	case source == "" || strings.ToLower(source) != source:
		return source
	case slices.Contains([]string{"erp", "wms", "oms", "tms", "edi", "mes", "crm", "sap", "pim", "mdm"}, source):
		return strings.ToUpper(source)
	}
	first, size := utf8.DecodeRuneInString(source)
	if first == utf8.RuneError {
		return source
	}
	return string(unicode.ToUpper(first)) + source[size:]
}

// Headline is the title of an exception with its source named as people do.
func (e Exception) Headline() string { return NameSource(e.Title, e.Subject.Source) }

// NameSource writes a source's name in a text as people do, wherever it stands as
// a word of its own.
func NameSource(text, source string) string {
	if source == "" {
		return text
	}
	words := strings.Split(text, " ")
	for i, word := range words {
		if strings.TrimSuffix(strings.TrimRight(word, ".,:;"), "'s") == source {
			words[i] = SourceName(source) + word[len(source):]
		}
	}
	return strings.Join(words, " ")
}
