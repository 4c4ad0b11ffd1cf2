// Package layout draws what surrounds every page: the shell with navigation,
// search, business clock and live indicator, the sign-in page and the pages
// that say what went wrong.
package layout
