package route

import (
	"fmt"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"syscall"
	"time"

	"throughline/models"
)

// reserved are the addresses beside the private ones that no subscriber on the
// internet has: shared, protocol, benchmark, documentation, future, discarded,
// site-local, and the forms of IPv6 that carry an IPv4 address within.
var reserved = []netip.Prefix{
	netip.MustParsePrefix("0.0.0.0/8"), netip.MustParsePrefix("100.64.0.0/10"), netip.MustParsePrefix("192.0.0.0/24"),
	netip.MustParsePrefix("192.0.2.0/24"), netip.MustParsePrefix("198.18.0.0/15"), netip.MustParsePrefix("198.51.100.0/24"),
	netip.MustParsePrefix("203.0.113.0/24"), netip.MustParsePrefix("240.0.0.0/4"),
	netip.MustParsePrefix("64:ff9b::/96"), netip.MustParsePrefix("64:ff9b:1::/48"), netip.MustParsePrefix("2001:db8::/32"),
	netip.MustParsePrefix("2002::/16"), netip.MustParsePrefix("2001::/32"), netip.MustParsePrefix("::/96"),
	netip.MustParsePrefix("192.88.99.0/24"), netip.MustParsePrefix("100::/64"), netip.MustParsePrefix("3fff::/20"),
	netip.MustParsePrefix("fec0::/10"),
}

// guard keeps deliveries from being a way into the tower's own network: it looks
// at the address that is really dialled, after any name was resolved.
type guard struct{ allow []netip.Prefix }

func (g guard) permits(address netip.Addr) bool {
	address = address.Unmap().WithZone("")
	for _, p := range g.allow {
		if p.Contains(address) {
			return true
		}
	}
	if !address.IsGlobalUnicast() || address.IsPrivate() {
		return false
	}
	for _, p := range reserved {
		if p.Contains(address) {
			return false
		}
	}
	return true
}

// control is a net.Dialer's Control.
func (g guard) control(_, address string, _ syscall.RawConn) error {
	target, err := netip.ParseAddrPort(address)
	if err != nil {
		return fmt.Errorf("read the address %s: %w", address, err)
	}
	if !g.permits(target.Addr()) {
		return fmt.Errorf("calls to %s are not allowed", target.Addr())
	}
	return nil
}

// checkURL refuses what can be refused before a name is resolved.
func (g guard) checkURL(text string) error {
	target, err := url.Parse(text)
	if err != nil || (target.Scheme != "http" && target.Scheme != "https") || target.Hostname() == "" || target.User != nil {
		return models.Errorf(models.CodeInvalid, "An address to be called is http:// or https:// with a host and without a password.")
	}
	if address, err := netip.ParseAddr(target.Hostname()); err == nil && !g.permits(address) {
		return models.Errorf(models.CodeInvalid, "Calls to %s are not allowed.", address)
	}
	return nil
}

// Client calls an address outside, guarded as deliveries are. CodeInvalid says
// what is wrong with the address.
func Client(address string, allow []netip.Prefix, timeout time.Duration) (*http.Client, error) {
	g := guard{allow}
	if err := g.checkURL(address); err != nil {
		return nil, err
	}
	return g.client(timeout, 1), nil
}

// client follows no redirect and no proxy, either of which would lead around the guard.
func (g guard) client(timeout time.Duration, connections int) *http.Client {
	dialer := &net.Dialer{Timeout: 5 * time.Second, Control: g.control}
	return &http.Client{
		Timeout: timeout,
		Transport: &http.Transport{
			DialContext: dialer.DialContext, MaxConnsPerHost: connections, MaxIdleConnsPerHost: connections,
			IdleConnTimeout: time.Minute, TLSHandshakeTimeout: 5 * time.Second,
		},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
}
