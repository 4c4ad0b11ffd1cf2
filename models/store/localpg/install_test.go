package localpg

import (
	"strings"
	"testing"
)

func TestHintNamesThePackageOfTheSystem(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		goos, release string
		major         int
		want          string
	}{
		"debian":          {"linux", "ID=debian\nVERSION_ID=\"12\"\n", 0, "apt-get install postgresql`"},
		"debian, version": {"linux", "ID=debian\n", 15, "apt-get install postgresql-15`"},
		"takes after":     {"linux", "ID=linuxmint\nID_LIKE=\"ubuntu debian\"\n", 0, "apt-get install postgresql`"},
		"fedora":          {"linux", "ID=fedora\n", 0, "dnf install postgresql-server`"},
		"red hat's kin":   {"linux", "ID=\"rocky\"\nID_LIKE=\"rhel centos fedora\"\n", 16, "dnf install postgresql16-server`"},
		"alpine":          {"linux", "ID=alpine\n", 16, "apk add postgresql16`"},
		"arch":            {"linux", "ID=arch\n", 0, "pacman -S postgresql`"},
		"suse":            {"linux", "ID=\"opensuse-leap\"\nID_LIKE=\"suse opensuse\"\n", 0, "zypper install postgresql-server`"},
		"macOS":           {"darwin", "", 0, "brew install postgresql@"},
		"unknown":         {"linux", "", 0, "install the package of your system"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if got := hintFor(c.goos, c.release, c.major); !strings.Contains(got, c.want) {
				t.Errorf("hint is %q, want %q in it", got, c.want)
			}
		})
	}
}
