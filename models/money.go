package models

// FallbackCurrency is what money is shown in while no item says its currency.
const FallbackCurrency = "GBP"

// UnitMoney stands for the company's currency where a definition is made before it is known.
const UnitMoney = "money"
