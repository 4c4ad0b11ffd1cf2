package clean

import (
	"cmp"
	"maps"
	"slices"
	"time"

	"github.com/shopspring/decimal"
)

// Article is what the sales tell of one stock code.
type Article struct {
	Code        string
	Description string          // the one most often used
	Class       string          // A, B or C by share of revenue
	Price       decimal.Decimal // median price per piece, pounds
	Pack        int             // the inner pack customers buy most often, pieces
	Revenue     decimal.Decimal
	SaleDays    int
	First, Last time.Time
}

// Assortment is the rule by which articles are chosen: so many of each class,
// of those that sold on at least MinSaleDays days, first before FirstBefore
// and last after LastAfter, so that every chosen item lives through the whole
// period.
type Assortment struct {
	A, B, C                int
	MinSaleDays            int
	FirstBefore, LastAfter time.Time
}

// Articles sums up the sales, best sellers first.
func Articles(sales []Sale) []Article {
	facts := make(map[string]*articleFacts)
	for _, sale := range sales {
		f, ok := facts[sale.Code]
		if !ok {
			f = newArticleFacts(sale.At)
			facts[sale.Code] = f
		}
		f.add(sale)
	}
	articles := make([]Article, 0, len(facts))
	for _, code := range slices.Sorted(maps.Keys(facts)) {
		articles = append(articles, facts[code].article(code))
	}
	slices.SortStableFunc(articles, func(a, b Article) int { return b.Revenue.Cmp(a.Revenue) })
	classify(articles)
	return articles
}

// classify marks articles, sorted by revenue, as A up to 80 % of the whole
// revenue, B up to 95 % and C beyond.
func classify(articles []Article) {
	total := decimal.Zero
	for _, a := range articles {
		total = total.Add(a.Revenue)
	}
	a80, b95 := total.Mul(decimal.RequireFromString("0.80")), total.Mul(decimal.RequireFromString("0.95"))
	sum := decimal.Zero
	for i := range articles {
		sum = sum.Add(articles[i].Revenue)
		switch {
		case sum.LessThanOrEqual(a80):
			articles[i].Class = "A"
		case sum.LessThanOrEqual(b95):
			articles[i].Class = "B"
		default:
			articles[i].Class = "C"
		}
	}
}

// Choose takes the assortment from articles sorted by revenue: the strongest
// of class A, and B and C evenly over their ranks, so that the tail is a real
// tail. The result is sorted by code.
func (a Assortment) Choose(articles []Article) []Article {
	byClass := make(map[string][]Article)
	for _, article := range articles {
		if a.eligible(article) {
			byClass[article.Class] = append(byClass[article.Class], article)
		}
	}
	chosen := slices.Clone(byClass["A"][:min(a.A, len(byClass["A"]))])
	chosen = append(chosen, spread(byClass["B"], a.B)...)
	chosen = append(chosen, spread(byClass["C"], a.C)...)
	slices.SortFunc(chosen, func(x, y Article) int { return cmp.Compare(x.Code, y.Code) })
	return chosen
}

func (a Assortment) eligible(article Article) bool {
	return article.SaleDays >= a.MinSaleDays &&
		article.First.Before(a.FirstBefore) && article.Last.After(a.LastAfter)
}

// spread picks n of the articles at even distances.
func spread(articles []Article, n int) []Article {
	if n >= len(articles) {
		return articles
	}
	picked := make([]Article, n)
	for i := range picked {
		picked[i] = articles[i*len(articles)/n]
	}
	return picked
}
