package layout

import (
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/a-h/templ"
)

// Shell is what the frame shows for one reader, the same on all pages.
type Shell struct {
	User  User
	Nav   []NavGroup
	Clock Clock
	Theme Theme
	// Search is what the search field holds.
	Search string
	// Version stands at the foot of the navigation.
	Version string
}

// User is the reader.
type User struct {
	Name string
	Role string // as it is shown: "Planner"
}

// Clock is the demo distributor's time beside the real one. The zero value
// draws nothing: outside the demo the two are the same.
type Clock struct {
	Business time.Time
	// Rate says how fast it runs: "1 day = 2 min".
	Rate string
}

func (c Clock) text() string { return c.Business.Format("Mon 2 Jan 15:04") }

// Page is one page in the shell.
type Page struct {
	Shell  Shell
	Title  string
	Lead   string // one line under the title
	Crumbs []Crumb
	// Active is the key of the navigation entry that is marked.
	Active string
	// Live is the address of the websocket that keeps the page current;
	// empty for a page that does not change by itself.
	Live string
	// StaleAfter is how long the page may go without its socket before it
	// says that it is stale; 15 s if zero.
	StaleAfter time.Duration
	// Filter is drawn in the top bar: the DC filter, usually DCFilter.
	Filter templ.Component
	// Actions are drawn beside the title.
	Actions []templ.Component
}

// Crumb is one step of the way back.
type Crumb struct{ Title, Href string }

func (p Page) staleAfter() string {
	d := p.StaleAfter
	if d == 0 {
		d = 15 * time.Second
	}
	return strconv.FormatFloat(d.Seconds(), 'f', -1, 64)
}

func (p Page) documentTitle() string {
	if p.Title == "" {
		return "Throughline"
	}
	return p.Title + " · Throughline"
}

// DCFilter is the filter in the top bar: a GET form that keeps the page's
// other parameters.
type DCFilter struct {
	Action  string // address of the page
	DCs     []string
	Current string // empty for all
	// Keep are the parameters to hold on to.
	Keep map[string]string
	More []Choice // further filters of the page
}

// Choice is one more filter in the top bar.
type Choice struct {
	Name    string // the parameter
	Label   string
	All     string // the option that does not filter
	Options []ChoiceOption
	Current string // empty for all
}

// ChoiceOption is one value of a filter.
type ChoiceOption struct{ Value, Label string }

// Theme is the reader's choice of colours.
type Theme string

// The choices; the zero value follows the system.
const (
	System Theme = ""
	Light  Theme = "light"
	Dark   Theme = "dark"
)

// ThemeCookie is the name of the cookie that holds the choice. The page's
// script writes it; without script the switch posts to ThemePath.
const (
	ThemeCookie = "theme"
	ThemePath   = "/theme"
)

// ParseTheme reads a choice; anything unknown follows the system.
func ParseTheme(s string) Theme {
	switch t := Theme(strings.ToLower(s)); t {
	case Light, Dark:
		return t
	default:
		return System
	}
}

// Failure is a page that says what went wrong.
type Failure struct {
	Status int
	Title  string
	// Detail is what it means and what to do, in plain words.
	Detail string
	// Reference helps the operator to find it in the log.
	Reference string
	Actions   []templ.Component
}

// FailureFor is the page for an HTTP status; detail replaces its usual words
// where it is not empty.
func FailureFor(status int, detail string) Failure {
	f := Failure{Status: status}
	switch status {
	case http.StatusNotFound:
		f.Title, f.Detail = "There is nothing here", "The address may be wrong, or what it named is gone. The search finds items, orders, recommendations, revisions and events by their number."
	case http.StatusForbidden:
		f.Title, f.Detail = "Your role does not include this page", "If you need it for your work, ask whoever administers Throughline in your company to add it to your role."
	case http.StatusConflict:
		f.Title, f.Detail = "Someone was faster", "What you were looking at has changed in the meantime. Go back to see it as it is now."
	case http.StatusServiceUnavailable:
		f.Title, f.Detail = "The tower cannot answer right now", "Nothing that was accepted is lost. Try again in a moment."
	default:
		f.Title, f.Detail = "This page could not be made", "The fault is ours and has been recorded. Nothing that was accepted is lost."
	}
	if detail != "" {
		f.Detail = detail
	}
	return f
}

// SignIn is the sign-in page.
type SignIn struct {
	Theme Theme
	Name  string
	// Problem says why signing in failed.
	Problem string
	// Next is where to go afterwards.
	Next string
	// Accounts are the demo's, shown under the form; none elsewhere.
	Accounts []Account
	// SSO is the address of single sign-on, if there is one.
	SSO string
	// Clock is empty where business time is real time.
	Clock Clock
}

// Account is one of the demo's, to be picked rather than typed.
type Account struct {
	Name, Password, Role string
}
