"""The registry: the ledger of a study's runs (a DVC output), the MLflow store they are browsed in, and the models.

The only importer of mlflow. It knows records as plain data, never networks.
"""
