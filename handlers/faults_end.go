package handlers

// faultEnds says what ends a fault: time, the tower, or somebody's decision.
func faultEnds(name string) string {
	const (
		decided    = "Stands until somebody retries or discards the event."
		notRefused = "Closes by itself when nothing was refused for ten minutes."
		minutes    = "Ends by itself after three minutes."
	)
	return map[string]string{
		"erp-down":              "Ends by itself after a minute.",
		"silent-dc":             minutes,
		"forecasts-late":        minutes,
		"stuck-engine":          minutes,
		"refused-deliveries":    minutes,
		"busy-target":           minutes,
		"malformed-event":       notRefused,
		"bad-envelope":          notRefused,
		"unknown-item":          "Heals by itself when the item's record comes.",
		"duplicate-burst":       "Nothing to heal: what is sent twice counts once.",
		"out-of-order-burst":    "Nothing to heal: what is older than what is known changes nothing.",
		"out-of-order-for-long": "Ends by itself after six minutes.",
		"short-confirmation":    "Stands until a buyer accepts it or the order is closed.",
		"lost-balance":          "Heals by itself: stock is compared, and the balance read again.",
		"empty-shelf":           "Ends by itself when enough is ordered and comes.",
		"negative-stock":        "Heals by itself when the right balance comes.",
		"used-version":          decided,
		"lost-answer":           "Heals by itself: the order is looked up in the ERP before anything is sent again.",
		"reused-id":             decided,
		"clock-ahead":           "Closes by itself when the time that it told of has come.",
		"lost-events":           "Ends when the events come: the tower asks for them, Found events sends them.",
		"left-out":              "Heals by itself: the tower asks for the sales orders. Found events sends them too.",
		"found-events":          "Ends what Lost events and Left out began.",
		"foreign-write":         decided,
		"refused-order":         "Stands until somebody gives the order up or sends it again.",
		"doubled-order":         "Stands until one of the two orders is closed.",
		"lost-acknowledgement":  "Heals by itself: the tower has the ERP transmit the order again. Else it ends when the supplier answers.",
		"mute-supplier":         "Ends by itself when the supplier answers.",
		"late-shipment":         "Ends by itself when the goods come.",
		"refused-event":         "Stands until somebody delivers the event again or discards it.",
		"promotion":             "Ends by itself after a business week.",
		"transfer-wave":         "Ends by itself when the transfers have come.",
	}[name]
}
