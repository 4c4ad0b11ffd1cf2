package models

// OrderingKey names what a fact changes: facts of one key take effect in the
// order in which they were accepted. fact is a pointer to the payload struct
// of its contract; anything else has no key.
func OrderingKey(_ EventType, fact any) string {
	switch f := fact.(type) {
	case *ItemChanged:
		return "item:" + f.Item
	case *SupplierChanged:
		return "supplier:" + f.Supplier
	case *LocationChanged:
		return "location:" + f.DC
	case *InventoryBalance:
		return stockKey(f.Item, f.DC)
	case *InventoryMovement:
		return stockKey(f.Item, f.DC)
	case *ThresholdBreached:
		return stockKey(f.Item, f.DC)
	case *SalesHistory:
		return "history:" + f.Item + "|" + f.DC
	case *ForecastRevision:
		return "forecast:" + f.Item + "|" + f.DC
	case *Evaluation:
		return "replenishment:" + f.Item + "|" + f.DC
	case *Recommendation:
		return "replenishment:" + f.Item + "|" + f.DC
	}
	return documentKey(fact)
}

func stockKey(item, dc string) string { return "inventory:" + item + "|" + dc }

func documentKey(fact any) string {
	switch f := fact.(type) {
	case *SalesOrder:
		return "sales:" + f.Order
	case *Allocation:
		return "allocation:" + f.Order
	case *OrderChanged:
		return "order:" + f.Order
	case *Confirmation:
		return "confirmation:" + f.Confirmation
	case *ASN:
		return "asn:" + f.ASN
	case *GoodsReceipt:
		return "receipt:" + f.Receipt
	case *SupplierException:
		return "supplier:" + f.Supplier
	}
	return ""
}
