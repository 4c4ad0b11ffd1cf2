// Package pages draws one page a pair of files: a pure view model and its
// template. Handlers fill the models; nothing here reads or decides.
package pages
