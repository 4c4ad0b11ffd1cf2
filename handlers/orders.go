package handlers

const orderDeskPath = "/orders"
