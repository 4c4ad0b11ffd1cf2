package demodata

import (
	"cmp"
	"strings"
)

// products are the nouns of the descriptions that say what an article is, by
// category. No noun stands twice.
var products = map[string]string{
	"Bags and purses":      "BAG HANDBAG PURSE SHOPPER SUITCASE",
	"Tableware":            "MUG CUP TEACUP SAUCER PLATE BOWL DISH TEAPOT BEAKER TRAY PLACEMAT COASTER STAND CHOPSTICK CUTLERY CAKESTAND NAPKIN STRAW JAR GLASS",
	"Kitchen and baking":   "CASE TIN LADLE SPOON SCALE MOULD BIN PAN TOWEL APRON COSY BAKING JAM",
	"Storage":              "BOX CABINET DRAWER CHEST CUPBOARD RACK HOOK SHELF HANGER BANK TIDY CUBE POT BOXES",
	"Candles and lights":   "CANDLE T-LIGHT LIGHT INCENSE LAMPSHADE",
	"Signs and frames":     "SIGN DOORSIGN FRAME MIRROR CLOCK CALENDAR THERMOMETER CHALKBOARD MEMOBOARD BOARD MAGNET",
	"Decorations":          "DECORATION GARLAND BUNTING WREATH ORNAMENT MOBILE PENNANT",
	"Paper and stationery": "CARD NOTEBOOK BOOK SKETCHBOOK JOURNAL PEN PENCIL ERASER RUBBER RULER CHALK STICKER TAPE WRAP RIBBON TAG LABEL INVITE TISSUE PAPER WRITING DOILIES CALCULATOR STAMP SCISSOR BALLOON CONFETTI MATCHES PASSPORT",
	"Toys and crafts":      "TOY JIGSAW PLAYHOUSE BLOCK HARMONICA DISC ROUNDERS KIT GAME SLATE PATCHES GLIDER PLASTERS",
	"Home textiles":        "CUSHION DOORMAT CURTAIN FLANNEL DOORSTOP FILLER WARMER BOTTLE COVER",
	"Garden":               "PARASOL HAMMOCK RAKE SPADE FORK WHEELBARROW UMBRELLA MARKER GROW",
}

// motifs are decorations where nothing else is named: a heart on a mug is a mug.
const motifs = "HEART STAR TREE ROSE BIRD BIRDHOUSE RABBIT BUNNY BUNNIES CHICK CHICKEN HEN EGG FLOWER BUTTERFLY TOADSTOOL ANGEL REINDEER DAISY"

var categories = func() map[string]string {
	byNoun := map[string]string{}
	for category, nouns := range products {
		for noun := range strings.FieldsSeq(nouns) {
			byNoun[noun] = category
		}
	}
	return byNoun
}()

// Category is the product group that a description names, by the last noun that
// says what the article is; what it is packed IN does not count. It is empty for
// a description that names none.
func Category(description string) string {
	article, _, _ := strings.Cut(strings.ToUpper(description), " IN ")
	category, motif := "", false
	for word := range strings.FieldsFuncSeq(article, func(r rune) bool { return r != '-' && (r < 'A' || r > 'Z') }) {
		singular := strings.TrimSuffix(word, "S")
		category = cmp.Or(categories[word], categories[singular], category)
		motif = motif || named(motifs, word) || named(motifs, singular)
	}
	if category == "" && motif {
		return "Decorations"
	}
	return category
}

func named(words, word string) bool { return strings.Contains(" "+words+" ", " "+word+" ") }
