package main

// supplierNames are invented; each stands for one vendor of the delivery
// history, the one with the most lines first.
var supplierNames = []string{
	"Hartwell Ceramics", "Oakmere Giftware", "Brackley Tin Works", "Lindqvist Home",
	"Pemberton Paper", "Silverdale Lighting", "Castell Textiles", "Marlow & Finch",
	"Northgate Glass", "Quayside Imports", "Rosedale Candles", "Thornbury Wood",
	"Ashdown Toys", "Bellamy Prints", "Cromer Wire Goods", "Dunmore Baskets",
	"Elmswell Stationery", "Fairholm Kitchen", "Greystone Metal", "Holloway Seasonal",
	"Ivybridge Garden", "Juniper Soft Goods", "Kestrel Novelties", "Langdale Clocks",
}
