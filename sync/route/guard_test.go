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

// FuzzGuard dials any address: within is what is permitted in no form, neither a
// zone nor the mapping into IPv6 makes a difference, and no address carries one
// of IPv4 past the guard.
func FuzzGuard(f *testing.F) {
	for _, seed := range []string{"93.184.215.14", "127.0.0.1", "10.1.2.3", "169.254.169.254", "224.0.0.1", "255.255.255.255", "::1", "fe80::1", "ff02::1", "fd00::1", "2606:2800:21f::1"} {
		address := netip.MustParseAddr(seed).As16()
		f.Add(address[:])
	}
	f.Fuzz(func(t *testing.T, bytes []byte) {
		if len(bytes) != 16 {
			return
		}
		mapped := netip.AddrFrom16([16]byte(bytes))
		address, outside := mapped.Unmap(), guard{}
		permitted := outside.permits(address)
		if within := !address.IsGlobalUnicast() || address.IsPrivate(); within && permitted {
			t.Errorf("%s is within and permitted", address)
		}
		if outside.permits(mapped) != permitted || outside.permits(mapped.WithZone("eth0")) != permitted {
			t.Errorf("%s is permitted in one form and not in another", address)
		}
		if dialled := outside.control("tcp", netip.AddrPortFrom(mapped, 443).String(), nil) == nil; dialled != permitted {
			t.Errorf("%s is permitted %v and dialled %v", address, permitted, dialled)
		}
		if listed := (guard{allow: []netip.Prefix{netip.PrefixFrom(address, address.BitLen())}}); !listed.permits(mapped) {
			t.Errorf("%s is refused though it is listed", address)
		}
		four := [4]byte(bytes[12:])
		for _, carrier := range carriers(four) {
			if outside.permits(carrier) {
				t.Errorf("%s carries %s and is permitted", carrier, netip.AddrFrom4(four))
			}
		}
	})
}

// carriers are the addresses of IPv6 behind which a gateway reaches one of IPv4:
// compatible (RFC 4291), translated (RFC 6052, RFC 8215), 6to4 (RFC 3056) and,
// inverted, Teredo (RFC 4380).
func carriers(four [4]byte) []netip.Addr {
	a, b, c, d := four[0], four[1], four[2], four[3]
	return []netip.Addr{
		netip.AddrFrom16([16]byte{12: a, 13: b, 14: c, 15: d}),
		netip.AddrFrom16([16]byte{0, 0x64, 0xff, 0x9b, 12: a, 13: b, 14: c, 15: d}),
		netip.AddrFrom16([16]byte{0, 0x64, 0xff, 0x9b, 0, 1, 12: a, 13: b, 14: c, 15: d}),
		netip.AddrFrom16([16]byte{0x20, 0x02, a, b, c, d, 15: 1}),
		netip.AddrFrom16([16]byte{0x20, 0x01, 0, 0, 12: ^a, 13: ^b, 14: ^c, 15: ^d}),
	}
}
