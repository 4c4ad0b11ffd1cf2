package models

// SupplierName is a supplier with the name that people know it by.
type SupplierName struct {
	Supplier string
	Name     string
}
