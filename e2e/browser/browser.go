// Package browser drives Debian's Chromium for page tests: tabs that fail their
// test in plain words, screenshots, and a scan for accessibility faults.
package browser

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/chromedp"
)

// patience is how long a page may take to show what a test waits for.
const patience = 3 * time.Minute

// Browser is one Chromium with a profile of its own.
type Browser struct {
	ctx context.Context //nolint:containedctx // chromedp keeps the browser in it
}

// Open starts Chromium, until the test ends.
func Open(t testing.TB) *Browser {
	t.Helper()
	opts := append(chromedp.DefaultExecAllocatorOptions[:],
		chromedp.ExecPath(chromium(t)), chromedp.UserDataDir(t.TempDir()), chromedp.DisableGPU,
		chromedp.Flag("disable-component-update", true), chromedp.WindowSize(1440, 900),
	)
	if os.Geteuid() == 0 {
		opts = append(opts, chromedp.NoSandbox) // Chromium refuses root with its sandbox
	}
	allocator, stop := chromedp.NewExecAllocator(context.WithoutCancel(t.Context()), opts...)
	ctx, cancel := chromedp.NewContext(allocator)
	t.Cleanup(func() {
		if err := chromedp.Cancel(ctx); err != nil {
			t.Logf("close Chromium: %v", err)
		}
		cancel()
		stop()
	})
	if err := chromedp.Do(ctx); err != nil {
		t.Fatalf("start Chromium: %v", err)
	}
	return &Browser{ctx: ctx}
}

func chromium(t testing.TB) string {
	t.Helper()
	for _, name := range []string{"chromium", "chromium-browser", "google-chrome"} {
		if path, err := exec.LookPath(name); err == nil {
			return path
		}
	}
	t.Fatal("no Chromium is installed: please install the package chromium")
	return ""
}

// Tab is one tab with cookies of its own.
type Tab struct {
	t    testing.TB
	ctx  context.Context //nolint:containedctx // chromedp keeps the tab in it
	base string

	mu       sync.Mutex
	messages []string
}

// Tab opens a tab for the tower at base.
func (b *Browser) Tab(t testing.TB, base string) *Tab {
	t.Helper()
	ctx, cancel := chromedp.NewContext(b.ctx, chromedp.WithNewBrowserContext())
	tab := &Tab{t: t, ctx: ctx, base: base}
	messages := chromedp.Console(ctx)
	var reading sync.WaitGroup
	reading.Go(func() {
		for m, err := range messages {
			if err != nil {
				return
			}
			tab.note(fmt.Sprint(m))
		}
	})
	t.Cleanup(func() { cancel(); reading.Wait() })
	return tab
}

// During has a tab's failures told of t, such as a step of the test that opened
// it, until t ends. One step at a time has the tab.
func (b *Tab) During(t testing.TB) {
	before := b.t
	b.t = t
	t.Cleanup(func() { b.t = before })
}

func (b *Tab) note(message string) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.messages = append(b.messages, message)
}

// Messages are what the page wrote to its console so far: errors, warnings and
// violations of the content policy among them.
func (b *Tab) Messages() []string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return append([]string(nil), b.messages...)
}

// Forgive forgets what the page wrote to its console with some words in it, since
// what it tells of was meant to happen.
func (b *Tab) Forgive(words string) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.messages = slices.DeleteFunc(b.messages, func(m string) bool { return strings.Contains(m, words) })
}

// Do runs steps within the patience of a test.
func (b *Tab) Do(what string, steps ...chromedp.Action[chromedp.Void]) {
	b.t.Helper()
	ctx, cancel := context.WithTimeout(b.ctx, patience)
	defer cancel()
	if err := chromedp.Do(ctx, steps...); err != nil {
		b.t.Fatalf("%s: %v%s", what, err, b.seen())
	}
}

// Eval evaluates an expression in the tab's page.
func Eval[T any](b *Tab, expression string) T {
	b.t.Helper()
	ctx, cancel := context.WithTimeout(b.ctx, patience)
	defer cancel()
	value, err := chromedp.Run(ctx, chromedp.Evaluate[T](expression, chromedp.EvalAwaitPromise))
	if err != nil {
		b.t.Fatalf("evaluate %s: %v%s", expression, err, b.seen())
	}
	return value
}

// Goto opens a path of the tower.
func (b *Tab) Goto(path string) {
	b.t.Helper()
	b.Do("open "+path, chromedp.Navigate(b.base+path))
}

// SignIn signs in by the form and waits for the landing page.
func (b *Tab) SignIn(name, password string) {
	b.t.Helper()
	b.Goto("/sign-in")
	b.Fill("#name", name)
	b.Fill("#password", password)
	b.Click("form.form button[type=submit]")
	b.Wait("the landing page", `location.pathname !== "/sign-in" && document.readyState === "complete"`)
}

// Fill types into a field.
func (b *Tab) Fill(css, text string) {
	b.t.Helper()
	Eval[bool](b, fmt.Sprintf("(document.querySelector(%q).value = '') === ''", css))
	b.Do("fill "+css, chromedp.SendKeys(chromedp.CSS(css), text))
}

// Click clicks on an element once it can be seen.
func (b *Tab) Click(css string) {
	b.t.Helper()
	b.Do("click "+css, chromedp.Click(chromedp.CSS(css), chromedp.NodeVisible))
}

// Keys presses keys where the focus is.
func (b *Tab) Keys(keys string) {
	b.t.Helper()
	b.Do("press "+keys, chromedp.KeyEvent(keys))
}

// Text is an element's text as it is shown.
func (b *Tab) Text(css string) string {
	b.t.Helper()
	return Eval[string](b, fmt.Sprintf(`document.querySelector(%q)?.innerText ?? ""`, css))
}

// Wait waits, without a reload, until a condition of the page holds.
func (b *Tab) Wait(what, condition string) {
	b.t.Helper()
	Await[bool](b, what, "Boolean("+condition+") || null")
}

// Await waits, without a reload, until an expression of the page is not null
// and gives its value.
func Await[T any](b *Tab, what, expression string) T {
	b.t.Helper()
	ctx, cancel := context.WithTimeout(b.ctx, patience)
	defer cancel()
	again := time.NewTicker(50 * time.Millisecond)
	defer again.Stop()
	for {
		// A page that is being left cannot answer; the next one can.
		value, err := chromedp.Run(ctx, chromedp.Evaluate[*T](expression))
		if err == nil && value != nil {
			return *value
		}
		select {
		case <-again.C:
		case <-ctx.Done():
			b.t.Fatalf("wait for %s: %v%s", what, err, b.seen())
		}
	}
}

// WaitText waits until an element's text contains words.
func (b *Tab) WaitText(css, words string) {
	b.t.Helper()
	b.Wait(fmt.Sprintf("%q in %s", words, css),
		fmt.Sprintf(`(document.querySelector(%q)?.innerText ?? "").includes(%q)`, css, words))
}

// Remember has the page note from now on that an element's text contained words:
// they may be gone again before somebody looks. WaitRemembered waits for it.
func (b *Tab) Remember(css, words string) {
	b.t.Helper()
	Eval[bool](b, fmt.Sprintf(`(() => {
		if (!window.remembered) {
			window.remembered = new Set();
			window.sought = [];
			window.seek = () => window.sought.forEach(([css, words]) => {
				if (document.querySelector(css)?.innerText.includes(words)) window.remembered.add(words);
			});
			let due = 0;
			new MutationObserver(() => { due ||= setTimeout(() => { due = 0; window.seek(); }, 500); })
				.observe(document.body, { subtree: true, childList: true, characterData: true });
		}
		window.sought.push([%q, %q]);
		window.seek();
		return true;
	})()`, css, words))
}

// WaitRemembered waits until an element's text contains words, or Remember has seen
// them there before.
func (b *Tab) WaitRemembered(css, words string) {
	b.t.Helper()
	b.Wait(fmt.Sprintf("%q in %s at any time", words, css),
		fmt.Sprintf(`window.remembered?.has(%[2]q) || (document.querySelector(%[1]q)?.innerText ?? "").includes(%[2]q)`, css, words))
}

// WaitLive waits until the page's socket is connected.
func (b *Tab) WaitLive() {
	b.t.Helper()
	b.Wait("the live indicator", `document.documentElement.dataset.live === "live"`)
}

// Viewport sets the size of the page in CSS pixels.
func (b *Tab) Viewport(width, height int64) {
	b.t.Helper()
	b.Do("resize", chromedp.EmulateViewport(width, height))
}

// Scheme makes the page light or dark, as the reader's system would.
func (b *Tab) Scheme(name string) {
	b.t.Helper()
	b.Do("use "+name, chromedp.Func(func(ctx context.Context, _ *chromedp.Target) error {
		_, err := chromedp.Call(ctx, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{
			Features: []*emulation.MediaFeature{{Name: "prefers-color-scheme", Value: name}},
		})
		return err
	}))
}

// seen is what helps to understand a failure.
func (b *Tab) seen() string {
	ctx, cancel := context.WithTimeout(b.ctx, 5*time.Second)
	defer cancel()
	where, _ := chromedp.Run(ctx, chromedp.Location())
	text, _ := chromedp.Run(ctx, chromedp.Evaluate[string](`document.body?.innerText.slice(0, 1500) ?? ""`))
	return fmt.Sprintf("\npage: %s\nconsole: %s\ntext: %s", where, strings.Join(b.Messages(), "\n         "), text)
}
