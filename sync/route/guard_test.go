package route

import (
	"net/netip"
	"net/url"
	"testing"
)

func TestGuardLooksAtTheAddressDialled(t *testing.T) {
	inside := guard{allow: []netip.Prefix{netip.MustParsePrefix("10.0.0.0/24")}}
	for address, want := range map[string]bool{
		"93.184.215.14:443": true, "[2606:2800:21f::1]:443": true, "10.0.0.7:80": true, "10.0.1.7:80": false,
		"127.0.0.1:80": false, "[::ffff:127.0.0.1]:80": false, "[::ffff:10.0.0.7]:80": true, "[fe80::1%eth0]:80": false,
		"169.254.169.254:80": false, "[64:ff9b::7f00:1]:80": false, "224.0.0.1:80": false, "255.255.255.255:80": false, "[::]:80": false,
		"[::7f00:1]:80": false, "[2001:0:7f00:1::]:80": false, "[fec0::1]:80": false, "192.88.99.1:80": false, "[100::1]:80": false,
	} {
		if got := inside.control("tcp", address, nil) == nil; got != want {
			t.Errorf("%s: permitted %v, want %v", address, got, want)
		}
	}
}

func FuzzCheckURL(f *testing.F) {
	for _, seed := range []string{"http://127.0.0.1/", "http://[::1]:80", "https://example.org", "http://0x7f.1/", "http://a@b/", "//x", "http://[fe80::1%25eth0]/"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		if (guard{}).checkURL(text) != nil {
			return
		}
		target, err := url.Parse(text)
		if err != nil || target.User != nil || target.Hostname() == "" || (target.Scheme != "http" && target.Scheme != "https") {
			t.Fatalf("%q was accepted", text)
		}
		if address, err := netip.ParseAddr(target.Hostname()); err == nil && (address.IsLoopback() || address.IsPrivate() || address.IsLinkLocalUnicast()) {
			t.Fatalf("%q leads inside and was accepted", text)
		}
	})
}
