// Package static serves the product's own style sheet and scripts and the
// libraries from static/vendor under URLs that name their content, so that a
// browser may keep them for ever and never runs a stale one.
package static

import (
	"bytes"
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"io/fs"
	"mime"
	"net/http"
	"path"
	"regexp"
	"strings"
	"sync"
	"time"
)

// Prefix is where Handler is to be mounted.
const Prefix = "/static/"

//go:embed css js vendor
var files embed.FS

// asset is one file as it is served.
type asset struct {
	content     []byte
	contentType string
	url         string
}

// bundle holds every asset by its plain name. It is built once and only read.
var bundle = sync.OnceValue(func() map[string]asset {
	assets := make(map[string]asset)
	for _, entry := range mustReadDir("vendor") {
		if name := entry.Name(); name != "PLACEHOLDER" {
			assets[name] = newAsset(name, mustRead("vendor/"+name))
		}
	}
	assets["app.css"] = newAsset("app.css", linkAssets(concat("css"), assets))
	assets["app.js"] = newAsset("app.js", concat("js"))
	return assets
})

// URL is the address of a file by its plain name: URL("app.css") is
// /static/app.<hash>.css. A file that npm has not brought yet keeps its plain
// name and is answered with 404.
func URL(name string) string {
	if a, ok := bundle()[name]; ok {
		return a.url
	}
	return Prefix + name
}

// Has tells whether a file is there; vendor files are missing until npm ran.
func Has(name string) bool {
	_, ok := bundle()[name]
	return ok
}

// Handler serves the files below Prefix: an address with the current hash for
// a year, any other that names a file (a page from before an upgrade) freshly.
func Handler() http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		a, ok := bundle()[plainName(r.URL.Path)]
		if !ok {
			http.NotFound(w, r)
			return
		}
		w.Header().Set("Content-Type", a.contentType)
		w.Header().Set("X-Content-Type-Options", "nosniff")
		w.Header().Set("Cache-Control", "no-cache")
		if r.URL.Path == a.url {
			w.Header().Set("Cache-Control", "public, max-age=31536000, immutable")
		}
		w.Header().Set("ETag", `"`+hashOf(a.content)+`"`)
		http.ServeContent(w, r, "", time.Time{}, bytes.NewReader(a.content))
	})
}

var hashPart = regexp.MustCompile(`\.[0-9a-f]{12}(\.[a-z0-9]+)$`)

func plainName(urlPath string) string {
	return hashPart.ReplaceAllString(strings.TrimPrefix(urlPath, Prefix), "$1")
}

func newAsset(name string, content []byte) asset {
	ext := path.Ext(name)
	return asset{
		content:     content,
		contentType: contentType(ext),
		url:         Prefix + strings.TrimSuffix(name, ext) + "." + hashOf(content) + ext,
	}
}

func contentType(ext string) string {
	if ext == ".woff2" {
		return "font/woff2" // not in every system's table
	}
	if t := mime.TypeByExtension(ext); t != "" {
		return t
	}
	return "application/octet-stream"
}

func hashOf(content []byte) string {
	sum := sha256.Sum256(content)
	return hex.EncodeToString(sum[:])[:12]
}

// concat joins a folder's files in the order of their names, which is the
// order of the cascade.
func concat(dir string) []byte {
	var out bytes.Buffer
	for _, entry := range mustReadDir(dir) {
		out.Write(mustRead(dir + "/" + entry.Name()))
		out.WriteByte('\n')
	}
	return out.Bytes()
}

var assetRef = regexp.MustCompile(`url\("asset:([^"]+)"\)`)

// linkAssets puts hashed addresses in place of url("asset:NAME").
func linkAssets(css []byte, assets map[string]asset) []byte {
	return assetRef.ReplaceAllFunc(css, func(ref []byte) []byte {
		name := assetRef.FindSubmatch(ref)[1]
		if a, ok := assets[string(name)]; ok {
			return []byte(`url("` + a.url + `")`)
		}
		return []byte(`local("Inter")`) // only the font comes from vendor
	})
}

// An embedded file that cannot be read is a broken binary, not a state to handle.
func mustRead(name string) []byte {
	content, err := files.ReadFile(name)
	if err != nil {
		panic(err)
	}
	return content
}

func mustReadDir(dir string) []fs.DirEntry {
	entries, err := files.ReadDir(dir)
	if err != nil {
		panic(err)
	}
	return entries
}
